"""Files that are written for a picture: formats, sizes, orientation, metadata, credentials; and what is refused."""

import struct
import tempfile
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin

from stoppress.imaging.renditions import write_renditions
from stoppress.imaging.results import RefusedPictureError

JUMBF = b"\0\0\0\x30jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0" + bytes(10)
"""A box like a manifest store: superbox, description box with the label `c2pa`."""


def draw_picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **options) -> bytes:
    """Return a picture whose top left quarter is red."""
    image = Image.new(mode, (width, height))
    ImageDraw.Draw(image).rectangle((0, 0, width // 2, height // 2), fill="red" if mode == "RGB" else None)
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_renditions_are_webp_in_every_width_and_a_jpeg_for_mail(tmp_path: Path, kind: str) -> None:
    made = write_renditions(draw_picture(1400, 700, kind), tmp_path)
    assert (made.width, made.height, made.widths) == (1400, 700, [480, 800, 1280, 1400])
    assert {path.name for path in tmp_path.iterdir()} == {
        *("480.webp", "800.webp", "1280.webp", "1400.webp", "mail.jpg")
    }
    for name, form, size in (("800.webp", "WEBP", (800, 400)), ("mail.jpg", "JPEG", (1200, 600))):
        with Image.open(tmp_path / name) as file:
            assert (file.format, file.size) == (form, size)
            red, green, _ = file.convert("RGB").getpixel((10, 10))
            assert red > 200 and green < 60


def test_renditions_are_at_most_1920_pixels_wide(tmp_path: Path) -> None:
    made = write_renditions(draw_picture(4000, 100), tmp_path)
    assert made.widths == [480, 800, 1280, 1920] and made.width == 4000


def test_small_picture_keeps_its_width(tmp_path: Path) -> None:
    assert write_renditions(draw_picture(30, 20), tmp_path).widths == [30]


def test_transparency_is_kept_and_becomes_white_in_mail(tmp_path: Path) -> None:
    image, out = Image.new("RGBA", (50, 50), (0, 0, 0, 0)), BytesIO()
    ImageDraw.Draw(image).rectangle((0, 0, 20, 20), fill=(0, 0, 90, 255))
    image.save(out, "PNG")
    assert write_renditions(out.getvalue(), tmp_path).ground == "light"
    with Image.open(tmp_path / "50.webp") as file:
        assert file.convert("RGBA").getpixel((40, 40))[3] == 0
    with Image.open(tmp_path / "mail.jpg") as file:
        assert min(file.getpixel((40, 40))) > 250


def test_light_drawing_on_transparency_gets_a_dark_ground(tmp_path: Path) -> None:
    image = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((20, 20, 40, 40), fill=(255, 255, 255, 255))
    out = BytesIO()
    image.save(out, "PNG")
    assert write_renditions(out.getvalue(), tmp_path).ground == "dark"
    with Image.open(tmp_path / "mail.jpg") as file:
        assert max(file.getpixel((5, 5))) < 40 and min(file.getpixel((30, 30))) > 230


def test_opaque_alpha_channel_is_left_out(tmp_path: Path) -> None:
    out = BytesIO()
    Image.new("RGBA", (60, 60), (200, 30, 30, 255)).save(out, "PNG")
    assert write_renditions(out.getvalue(), tmp_path).ground == ""
    with Image.open(tmp_path / "60.webp") as file:
        assert file.mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))],
)
def test_picture_is_turned_upright(tmp_path: Path, kind: str, orientation: int, corner: tuple[int, int]) -> None:
    """The red corner, at the top left of the stored pixels, ends where EXIF (table 6) places it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = write_renditions(draw_picture(600, 300, kind, exif=exif), tmp_path)
    assert (made.width, made.height) == ((300, 600) if orientation > 4 else (600, 300))
    with Image.open(tmp_path / f"{made.width if made.width == 300 else 480}.webp") as file:
        x, y = (round((0.1 + 0.8 * step) * side) for step, side in zip(corner, file.size, strict=True))
        red, green, _ = file.convert("RGB").getpixel((x, y))
    assert red > 200 and green < 60


def test_large_jpeg_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = write_renditions(draw_picture(8000, 4400, exif=exif), tmp_path)
    assert (made.width, made.height) == (4400, 8000)
    with Image.open(tmp_path / "480.webp") as file:
        assert file.size == (480, 873) and file.convert("RGB").getpixel((440, 40))[0] > 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_location_and_other_metadata_are_removed(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif[0x8825] = {1: "N", 2: (51.0, 30.0, 0.0)}
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF exif:GPSLatitude="51,30N" Iptc4xmpCore:Location="Halden"/>'
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    text.add_text("Location", "Halden")
    options = {"pnginfo": text} if kind == "PNG" else {"xmp": xmp}
    data = draw_picture(60, 60, kind, exif=exif, **options)
    if kind == "JPEG":
        iptc = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x0b\x1c\x02\x5a\0\x06Halden\0"
        data = data[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + data[2:]
    assert b"Halden" in data
    write_renditions(data, tmp_path)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        for trace in (b"Halden", b"camera", b"GPS", b"Exif", b"EXIF", b"XMP", b"8BIM"):
            assert trace not in content, (path.name, trace)


def with_credentials(kind: str) -> bytes:
    data = draw_picture(60, 60, kind)
    if kind == "JPEG":  # in two parts, each with the head of the box (ISO 19566-5, annex D)
        parts = (JUMBF[:40], JUMBF[:8] + JUMBF[40:])
        segments = [b"JP\0\x01" + struct.pack(">I", number) + part for number, part in enumerate(parts, 1)]
        return data[:2] + b"".join(b"\xff\xeb" + struct.pack(">H", len(s) + 2) + s for s in segments) + data[2:]
    if kind == "PNG":
        chunk = struct.pack(">I", len(JUMBF)) + b"caBX" + JUMBF + struct.pack(">I", zlib.crc32(b"caBX" + JUMBF))
        return data[:33] + chunk + data[33:]
    if kind == "WEBP":
        body = data[8:] + b"C2PA" + struct.pack("<I", len(JUMBF)) + JUMBF
        return b"RIFF" + struct.pack("<I", len(body)) + body
    return data[:-1] + b"\x21\xff\x0bC2PA_GIF\x01\0\0" + bytes([len(JUMBF)]) + JUMBF + b"\0;"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_credentials_are_kept_beside_the_renditions(tmp_path: Path, kind: str) -> None:
    assert write_renditions(with_credentials(kind), tmp_path).has_credentials
    assert (tmp_path / "c2pa").read_bytes() == JUMBF
    assert all(JUMBF[20:30] not in path.read_bytes() for path in tmp_path.iterdir() if path.name != "c2pa")


def test_no_sidecar_is_written_when_the_file_has_no_credentials(tmp_path: Path) -> None:
    assert not write_renditions(draw_picture(60, 60), tmp_path).has_credentials
    assert not (tmp_path / "c2pa").exists()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animation_is_refused(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (40, 40), name) for name in ("red", "blue", "green")]
    out = BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(RefusedPictureError, match="animated"):
        write_renditions(out.getvalue(), tmp_path)


def test_jpeg_with_a_second_picture_is_a_still(tmp_path: Path) -> None:
    """Telephones append a map of brightness or depth to a JPEG (MPO)."""
    out = BytesIO()
    Image.new("RGB", (60, 60), "red").save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (60, 60))])
    write_renditions(out.getvalue(), tmp_path)
    with Image.open(tmp_path / "60.webp") as file:
        assert file.convert("RGB").getpixel((30, 30))[0] > 200


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "format"),
        (b"no picture", "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format SVG"),
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1heic", "format HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "format AVIF"),
        (draw_picture(10, 10, "TIFF"), "format TIFF"),
        (draw_picture(10, 10, "BMP"), "format BMP"),
        (b"GIF89a", "damaged"),
        (draw_picture(50, 50)[:200], "damaged"),
        (draw_picture(50, 50, "PNG")[:60], "damaged"),
        (draw_picture(20_000, 20_000, "PNG", "1"), "pixels 50000000"),
        (draw_picture(7_200, 7_200, "PNG", "1"), "pixels 50000000"),
        (draw_picture(10, 16_500, "PNG", "1"), "side 16000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unusable_file_is_refused_with_its_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(RefusedPictureError) as refused:
        write_renditions(data, tmp_path)
    assert str(refused.value) == reason


@tuned(max_examples=80, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.integers(0, 900), st.binary(min_size=1, max_size=8))
def test_damaged_file_raises_no_other_error(kind: str, at: int, damage: bytes) -> None:
    data = draw_picture(40, 30, kind)
    with tempfile.TemporaryDirectory() as folder, suppress(RefusedPictureError):
        write_renditions(data[:at] + damage + data[at + len(damage) :], Path(folder))
