"""Renditions show the colours that the file showed. Expected values are computed here from the definitions."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from stoppress.imaging.renditions import write_renditions
from stoppress.imaging.results import RefusedPictureError
from tests.support.icc import cmyk_profile, grey_profile, rgb_profile

ADOBE_COLUMNS = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
"""XYZ of Adobe RGB (1998), annex C."""
P3_COLUMNS = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""XYZ of Display P3 in Apple's profile."""
TO_LINEAR_SRGB = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
"""From XYZ relative to D50, after Lindbloom."""
TOLERANCE = 4
"""Steps of 255 by which lossy encoding may change a flat colour."""


def srgb_of_xyz(xyz: tuple[float, ...]) -> tuple[int, ...]:
    light = [sum(a * b for a, b in zip(row, xyz, strict=True)) for row in TO_LINEAR_SRGB]
    return tuple(round(255 * encode(min(1.0, max(0.0, value)))) for value in light)


def encode(light: float) -> float:
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def srgb_of(rgb: tuple[int, ...], columns, gamma: float) -> tuple[int, ...]:
    light = [(value / 255) ** gamma for value in rgb]
    return srgb_of_xyz(tuple(sum(columns[i][axis] * light[i] for i in range(3)) for axis in range(3)))


def srgb_of_lab(lab: tuple[float, float, float]) -> tuple[int, ...]:
    light, a, b = lab
    y = (light + 16) / 116
    x, z = y + a / 500, y - b / 200
    xyz = [t**3 if t > 6 / 29 else 3 * (6 / 29) ** 2 * (t - 4 / 29) for t in (x, y, z)]
    return srgb_of_xyz(tuple(value * white for value, white in zip(xyz, (0.96422, 1.0, 0.82521), strict=True)))


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(header: tuple[int, int], row: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of 64 × 64 equal pixels: bit depth and colour type, the bytes of one pixel, chunks before IDAT."""
    pieces = [(b"IHDR", struct.pack(">IIBBBBB", 64, 64, *header, 0, 0, 0)), *chunks]
    pieces += [(b"IDAT", zlib.compress((b"\0" + row * 64) * 64)), (b"IEND", b"")]
    frames = [struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in pieces]
    return b"\x89PNG\r\n\x1a\n" + b"".join(frames)


def shown(data: bytes, folder: Path) -> tuple[int, ...]:
    """Return the colour in the middle of the WebP, as a program without colour management sees it."""
    made = write_renditions(data, folder)
    with Image.open(folder / f"{made.widths[-1]}.webp") as image:
        assert "icc_profile" not in image.info and "exif" not in image.info
        return image.convert("RGBA" if image.mode == "RGBA" else "RGB").getpixel((made.widths[-1] // 2, 20))


def assert_near(found: tuple[int, ...], wanted: tuple[int, ...], tolerance: int = TOLERANCE) -> None:
    assert all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True)), (found, wanted)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("columns", "gamma"), [(ADOBE_COLUMNS, 2.2), (P3_COLUMNS, 2.2)], ids=["adobe", "p3"])
def test_embedded_profile_is_converted_to_srgb(tmp_path: Path, kind: str, columns, gamma: float) -> None:
    colour = (60, 160, 90)
    data = encoded(Image.new("RGB", (64, 64), colour), kind, icc_profile=rgb_profile(columns, gamma), quality=95)
    wanted = srgb_of(colour, columns, gamma)
    assert max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) > 10  # else the test would prove nothing
    assert_near(shown(data, tmp_path), wanted)


def test_profile_of_a_large_jpeg_is_kept_although_pixels_are_left_out(tmp_path: Path) -> None:
    colour = (60, 160, 90)
    image = Image.new("RGB", (4200, 64), colour)
    data = encoded(image, "JPEG", icc_profile=rgb_profile(ADOBE_COLUMNS, 2.2), quality=95)
    assert_near(shown(data, tmp_path), srgb_of(colour, ADOBE_COLUMNS, 2.2))


def test_transparent_picture_keeps_its_alpha_beside_a_profile(tmp_path: Path) -> None:
    data = encoded(Image.new("RGBA", (64, 64), (60, 160, 90, 128)), "PNG", icc_profile=rgb_profile(ADOBE_COLUMNS, 2.2))
    assert_near(shown(data, tmp_path), (*srgb_of((60, 160, 90), ADOBE_COLUMNS, 2.2), 128))


def test_palette_with_a_profile_is_converted(tmp_path: Path) -> None:
    image = Image.new("P", (64, 64), 1)
    image.putpalette([0, 0, 0, 60, 160, 90])
    data = encoded(image, "PNG", icc_profile=rgb_profile(ADOBE_COLUMNS, 2.2))
    assert_near(shown(data, tmp_path), srgb_of((60, 160, 90), ADOBE_COLUMNS, 2.2))


def test_grey_profile_is_converted(tmp_path: Path) -> None:
    data = encoded(Image.new("L", (64, 64), 128), "JPEG", icc_profile=grey_profile(1.0), quality=95)
    level = round(255 * encode(128 / 255))
    assert_near(shown(data, tmp_path), (level, level, level))


def test_grey_picture_with_a_colour_profile_is_converted(tmp_path: Path) -> None:
    data = encoded(Image.new("L", (64, 64), 128), "PNG", icc_profile=rgb_profile(ADOBE_COLUMNS, 1.0))
    level = round(255 * encode(128 / 255))
    assert_near(shown(data, tmp_path), (level, level, level))


def test_cmyk_profile_decides_the_colours_of_inks(tmp_path: Path) -> None:
    lab_of = {
        (c, m, y, k): (
            (95 - 25 * c - 35 * m - 5 * y) * (1 - 0.9 * k),
            (-30 * c + 60 * m) * (1 - k),
            (-35 * c + 80 * y) * (1 - k),
        )
        for c in (0, 1)
        for m in (0, 1)
        for y in (0, 1)
        for k in (0, 1)
    }
    data = encoded(Image.new("CMYK", (64, 64), (0, 255, 0, 0)), "JPEG", icc_profile=cmyk_profile(lab_of), quality=95)
    assert_near(shown(data, tmp_path), srgb_of_lab((60, 60, 0)), 8)


def test_cmyk_without_a_profile_is_not_negative(tmp_path: Path) -> None:
    data = encoded(Image.new("CMYK", (64, 64), (255, 0, 0, 0)), "JPEG", quality=95)
    assert_near(shown(data, tmp_path), (0, 255, 255), 6)


@pytest.mark.parametrize("profile", [b"nonsense", grey_profile(1.0)], ids=["damaged", "for another mode"])
def test_unusable_profile_is_ignored(tmp_path: Path, profile: bytes) -> None:
    data = encoded(Image.new("RGB", (64, 64), (60, 160, 90)), "PNG", icc_profile=profile)
    assert_near(shown(data, tmp_path), (60, 160, 90))


def test_png_gamma_is_converted(tmp_path: Path) -> None:
    data = png((8, 2), bytes([128, 128, 128]), (b"gAMA", struct.pack(">I", 100_000)))
    level = round(255 * encode(128 / 255))
    assert_near(shown(data, tmp_path), (level, level, level))


def test_png_primaries_are_converted(tmp_path: Path) -> None:
    points = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
    chrm = struct.pack(">8I", *(round(value * 100_000) for value in points))
    data = png((8, 2), bytes([60, 160, 90]), (b"gAMA", struct.pack(">I", 45455)), (b"cHRM", chrm))
    wanted = srgb_of((60, 160, 90), ADOBE_COLUMNS, 2.2)
    assert_near(shown(data, tmp_path), wanted, 6)


def test_png_srgb_chunk_outranks_gamma(tmp_path: Path) -> None:
    data = png((8, 2), bytes([60, 160, 90]), (b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100_000)))
    assert_near(shown(data, tmp_path), (60, 160, 90))


def test_png_cicp_display_p3_is_converted(tmp_path: Path) -> None:
    data = png((8, 2), bytes([60, 160, 90]), (b"cICP", bytes([12, 13, 0, 1])))
    light = [((value / 255 + 0.055) / 1.055) ** 2.4 for value in (60, 160, 90)]
    xyz = tuple(sum(P3_COLUMNS[i][axis] * light[i] for i in range(3)) for axis in range(3))
    assert_near(shown(data, tmp_path), srgb_of_xyz(xyz))


@pytest.mark.parametrize("transfer", [16, 18], ids=["PQ", "HLG"])
def test_hdr_is_refused(tmp_path: Path, transfer: int) -> None:
    data = png((8, 2), bytes([60, 160, 90]), (b"cICP", bytes([9, transfer, 0, 1])))
    with pytest.raises(RefusedPictureError, match="hdr"):
        write_renditions(data, tmp_path)


def test_camera_jpeg_that_declares_adobe_rgb_in_exif_is_converted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x8769] = {0xA001: 65535, 0xA005: {1: "R03"}}
    data = encoded(Image.new("RGB", (64, 64), (60, 160, 90)), "JPEG", exif=exif, quality=95)
    assert b"R03" in data
    assert_near(shown(data, tmp_path), srgb_of((60, 160, 90), ADOBE_COLUMNS, 2.2))


@pytest.mark.parametrize(
    ("header", "pixel", "wanted"),
    [
        ((16, 0), struct.pack(">H", 40_000), (156, 156, 156)),
        ((16, 2), struct.pack(">3H", 65_535, 40_000, 0), (255, 156, 0)),
        ((16, 4), struct.pack(">2H", 40_000, 32_768), (156, 156, 156, 128)),
        ((16, 6), struct.pack(">4H", 65_535, 40_000, 0, 32_768), (255, 156, 0, 128)),
        ((8, 4), bytes([156, 128]), (156, 156, 156, 128)),
    ],
    ids=["grey 16", "rgb 16", "grey 16 with alpha", "rgb 16 with alpha", "grey 8 with alpha"],
)
def test_deep_png_keeps_its_brightness(tmp_path: Path, header, pixel: bytes, wanted: tuple[int, ...]) -> None:
    assert_near(shown(png(header, pixel), tmp_path), wanted)


@pytest.mark.parametrize(
    ("header", "pixel", "transparent"),
    [
        ((16, 0), struct.pack(">H", 40_000), struct.pack(">H", 40_000)),
        ((16, 2), struct.pack(">3H", 1, 40_000, 2), struct.pack(">3H", 1, 40_000, 2)),
        ((8, 0), b"\x50", struct.pack(">H", 0x50)),
        ((8, 2), bytes([1, 2, 3]), struct.pack(">3H", 1, 2, 3)),
    ],
    ids=["grey 16", "rgb 16", "grey 8", "rgb 8"],
)
def test_transparent_colour_of_png_stays_transparent(tmp_path: Path, header, pixel: bytes, transparent: bytes) -> None:
    assert shown(png(header, pixel, (b"tRNS", transparent)), tmp_path)[3] == 0


def test_other_grey_levels_stay_opaque_beside_a_transparent_one(tmp_path: Path) -> None:
    data = png((16, 0), struct.pack(">H", 40_000), (b"tRNS", struct.pack(">H", 40_001)))
    assert_near(shown(data, tmp_path)[:3], (156, 156, 156))


def test_black_and_white_picture_is_shown(tmp_path: Path) -> None:
    assert_near(shown(encoded(Image.new("1", (64, 64), 1), "PNG"), tmp_path), (255, 255, 255))
