"""Uploaded pictures: accepted formats, written files, refused uploads, and how files are served."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from stoppress.coverage import pictures
from stoppress.coverage.models import Picture
from stoppress.coverage.pictures import InvalidPictureError, rendition_path, store_picture
from stoppress.runtime.atomic_files import write_atomically


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def draw_picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **options) -> bytes:
    image = Image.new(mode, (width, height))
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="red" if mode == "RGB" else None)
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def store(data: bytes, clock) -> Picture:
    return store_picture(BytesIO(data), by="ines", now=clock())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_store_picture_writes_webp_in_every_width(db, clock, media: Path, kind: str) -> None:
    picture = store(draw_picture(1400, 700, kind), clock)
    assert picture.widths == [480, 800, 1280, 1400]
    assert sorted(path.name for path in media.iterdir()) == sorted(f"{picture.pk}-{w}.webp" for w in picture.widths)
    with Image.open(rendition_path(picture.pk, 800)) as file:
        assert (file.format, file.size) == ("WEBP", (800, 400))


def test_store_picture_writes_at_most_1920_pixels_when_the_upload_is_wider(db, clock) -> None:
    picture = store(draw_picture(4000, 100), clock)
    assert picture.widths == [480, 800, 1280, 1920] and picture.width == 4000


def test_store_picture_keeps_the_width_when_the_upload_is_small(db, clock) -> None:
    assert store(draw_picture(30, 20), clock).widths == [30]


def test_store_picture_keeps_transparency(db, clock) -> None:
    picture = store(draw_picture(50, 50, "PNG", "RGBA"), clock)
    with Image.open(rendition_path(picture.pk, 50)) as file:
        assert file.convert("RGBA").getpixel((40, 40))[3] == 0


def test_store_picture_turns_upright_and_removes_metadata(db, clock) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "A camera"
    exif[0x8825] = {1: "N", 2: (51.0, 30.0, 0.0)}
    picture = store(draw_picture(600, 300, exif=exif), clock)
    assert (picture.width, picture.height) == (300, 600)
    data = rendition_path(picture.pk, 300).read_bytes()
    with Image.open(BytesIO(data)) as file:
        assert not file.getexif() and "exif" not in file.info and "xmp" not in file.info
    assert b"camera" not in data


def test_store_picture_returns_the_existing_row_when_uploaded_again(db, clock) -> None:
    data = draw_picture(100, 100)
    assert store(data, clock) == store(data, clock)
    assert Picture.objects.count() == 1


def test_store_picture_rewrites_a_missing_file_when_uploaded_again(db, clock) -> None:
    data = draw_picture(100, 100)
    picture = store(data, clock)
    rendition_path(picture.pk, 100).unlink()
    store(data, clock)
    assert rendition_path(picture.pk, 100).exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", draw_picture(50, 50)[:200]],
    ids=["empty", "text", "svg", "header only", "truncated"],
)
def test_store_picture_refuses_data_that_is_no_picture(db, clock, media: Path, data: bytes) -> None:
    with pytest.raises(InvalidPictureError):
        store(data, clock)
    assert not list(media.iterdir()) and not Picture.objects.exists()


def test_store_picture_refuses_other_formats(db, clock) -> None:
    with pytest.raises(InvalidPictureError, match="JPEG, PNG, WebP or GIF"):
        store(draw_picture(10, 10, "TIFF"), clock)


def test_store_picture_refuses_too_many_bytes_before_decoding(db, clock, monkeypatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PICTURE_BYTES", 1024 * 1024)
    with pytest.raises(InvalidPictureError, match="larger than 1 MB"):
        store(b"\xff" * (1024 * 1024 + 1), clock)


def test_store_picture_refuses_a_decompression_bomb_by_its_header(db, clock) -> None:
    with pytest.raises(InvalidPictureError, match=r"million pixels|too large"):
        store(draw_picture(20_000, 20_000, "PNG", "1"), clock)


def test_store_picture_refuses_a_side_above_the_limit(db, clock) -> None:
    with pytest.raises(InvalidPictureError, match="pixels long"):
        store(draw_picture(10, 16_500, "PNG", "1"), clock)


@tuned(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 900), st.binary(min_size=1, max_size=8))
def test_store_picture_raises_only_its_own_error_when_data_is_damaged(db, clock, at: int, damage: bytes) -> None:
    data = draw_picture(40, 30, "PNG")
    with suppress(InvalidPictureError):
        store(data[:at] + damage + data[at + len(damage) :], clock)


def test_picture_file_is_served_as_immutable(db, clock, client) -> None:
    picture = store(draw_picture(100, 100), clock)
    answer = client.get(f"/media/{picture.pk}-100.webp")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"] and answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


@pytest.mark.parametrize(
    "name", ["../secret.key", "..%2fsecret.key", "x-100.webp", "a" * 32 + "-100.png", "a" * 32 + "-100.webp"]
)
def test_picture_file_answers_404_for_other_names(db, client, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


def test_write_atomically_leaves_no_partial_file_when_the_disk_is_full(tmp_path, monkeypatch):
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stoppress.runtime.atomic_files.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a.webp", b"abc")
    assert list(tmp_path.iterdir()) == []
