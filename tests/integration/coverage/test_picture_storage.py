"""Pictures: what is taken in, what is written, what is refused, how the files are served."""

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


def drawn(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **options) -> bytes:
    image = Image.new(mode, (width, height))
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="red" if mode == "RGB" else None)
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def keep(data: bytes, clock) -> Picture:
    return store_picture(BytesIO(data), by="ines", now=clock())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_kind_is_written_as_webp_in_every_width(db, clock, media: Path, kind: str) -> None:
    picture = keep(drawn(1400, 700, kind), clock)
    assert picture.widths == [480, 800, 1280, 1400]
    assert sorted(path.name for path in media.iterdir()) == sorted(f"{picture.pk}-{w}.webp" for w in picture.widths)
    with Image.open(rendition_path(picture.pk, 800)) as file:
        assert (file.format, file.size) == ("WEBP", (800, 400))


def test_a_large_picture_ends_at_the_widest(db, clock) -> None:
    picture = keep(drawn(4000, 100), clock)
    assert picture.widths == [480, 800, 1280, 1920] and picture.width == 4000


def test_a_small_picture_is_not_blown_up(db, clock) -> None:
    assert keep(drawn(30, 20), clock).widths == [30]


def test_transparency_is_kept(db, clock) -> None:
    picture = keep(drawn(50, 50, "PNG", "RGBA"), clock)
    with Image.open(rendition_path(picture.pk, 50)) as file:
        assert file.convert("RGBA").getpixel((40, 40))[3] == 0


def test_a_picture_taken_upright_stands_upright_and_says_nothing_of_where(db, clock) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "A camera"
    exif[0x8825] = {1: "N", 2: (51.0, 30.0, 0.0)}
    picture = keep(drawn(600, 300, exif=exif), clock)
    assert (picture.width, picture.height) == (300, 600)
    data = rendition_path(picture.pk, 300).read_bytes()
    with Image.open(BytesIO(data)) as file:
        assert not file.getexif() and "exif" not in file.info and "xmp" not in file.info
    assert b"camera" not in data


def test_the_same_upload_again_is_the_same_picture(db, clock) -> None:
    data = drawn(100, 100)
    assert keep(data, clock) == keep(data, clock)
    assert Picture.objects.count() == 1


def test_a_lost_file_is_written_again(db, clock) -> None:
    data = drawn(100, 100)
    picture = keep(data, clock)
    rendition_path(picture.pk, 100).unlink()
    keep(data, clock)
    assert rendition_path(picture.pk, 100).exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", drawn(50, 50)[:200]],
    ids=["empty", "text", "svg", "head only", "cut off"],
)
def test_what_is_no_picture_is_refused(db, clock, media: Path, data: bytes) -> None:
    with pytest.raises(InvalidPictureError):
        keep(data, clock)
    assert not list(media.iterdir()) and not Picture.objects.exists()


def test_other_formats_are_refused(db, clock) -> None:
    with pytest.raises(InvalidPictureError, match="JPEG, PNG, WebP or GIF"):
        keep(drawn(10, 10, "TIFF"), clock)


def test_too_many_bytes_are_refused_before_they_are_decoded(db, clock, monkeypatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PICTURE_BYTES", 1024 * 1024)
    with pytest.raises(InvalidPictureError, match="larger than 1 MB"):
        keep(b"\xff" * (1024 * 1024 + 1), clock)


def test_a_decompression_bomb_is_refused_by_its_head(db, clock) -> None:
    with pytest.raises(InvalidPictureError, match=r"million pixels|too large"):
        keep(drawn(20_000, 20_000, "PNG", "1"), clock)


def test_a_very_long_strip_is_refused(db, clock) -> None:
    with pytest.raises(InvalidPictureError, match="pixels long"):
        keep(drawn(10, 16_500, "PNG", "1"), clock)


@tuned(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 900), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_refused_or_survived_but_never_a_crash(db, clock, at: int, damage: bytes) -> None:
    data = drawn(40, 30, "PNG")
    with suppress(InvalidPictureError):
        keep(data[:at] + damage + data[at + len(damage) :], clock)


def test_files_are_served_for_ever(db, clock, client) -> None:
    picture = keep(drawn(100, 100), clock)
    answer = client.get(f"/media/{picture.pk}-100.webp")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"] and answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


@pytest.mark.parametrize(
    "name", ["../secret.key", "..%2fsecret.key", "x-100.webp", "a" * 32 + "-100.png", "a" * 32 + "-100.webp"]
)
def test_other_names_lead_nowhere(db, client, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


def test_on_a_full_disk_no_half_file_is_left(tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stoppress.runtime.atomic_files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a.webp", b"abc")
    assert list(tmp_path.iterdir()) == []
