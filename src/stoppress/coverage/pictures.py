"""Pictures: an upload is decoded, turned upright and written anew, without anything else that was in the file.

    upload ──► size ──► decode (nothing is believed of its name or type) ──► upright ──► WebP in several widths

The id is the digest of what was uploaded: the same file again is the same picture.
"""

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Protocol

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from stoppress.coverage.errors import CoverageError
from stoppress.coverage.models import Picture
from stoppress.runtime.atomic_files import write_atomically

RENDITION_WIDTHS = (480, 800, 1280, 1920)
ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_PICTURE_BYTES = 20 * 1024 * 1024
MAX_PICTURE_PIXELS = 50_000_000
MAX_SIDE_PIXELS = 16_000
"""Pixels; WebP ends at 16,383."""
ENCODING_QUALITY = 82
MAIL_WIDTH_PIXELS = 1200
"""Pixels: twice the column of a mail."""


class Upload(Protocol):
    """What can be read from: a file, or what Django makes of an upload."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""


class InvalidPictureError(CoverageError):
    """The upload cannot be used as a picture; the message says why."""


def store_picture(upload: Upload, *, by: str, now: datetime) -> Picture:
    """Check `upload`, write its files and return its row; the same upload again returns the first one.

    Raises BadPicture.
    """
    data = upload.read(MAX_PICTURE_BYTES + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise InvalidPictureError(f"This picture is larger than {MAX_PICTURE_BYTES // 1024 // 1024} MB. Save a smaller version of it.")
    key = hashlib.sha256(data).hexdigest()[:32]
    known = Picture.objects.filter(pk=key).first()
    if known and all(rendition_path(key, width).exists() for width in known.widths):
        return known
    return _keep(key, _decode(data), by, now)


def rendition_path(key: str, width: int) -> Path:
    """Where one width of a picture lies."""
    return Path(settings.MEDIA_ROOT) / f"{key}-{width}.webp"


def mail_jpeg_path(key: str) -> Path:
    """Where the JPEG of a picture lies: for mail programs, some of which show no WebP."""
    return Path(settings.MEDIA_ROOT) / f"{key}-mail.jpg"


def write_mail_jpeg(key: str, widths: Sequence[int]) -> None:
    """Write the JPEG of a picture unless it is there. Raises OSError if the picture's own files are not."""
    target = mail_jpeg_path(key)
    if target.exists():
        return
    width = next((step for step in widths if step >= MAIL_WIDTH_PIXELS), widths[-1])
    with Image.open(rendition_path(key, width), formats=("WEBP",)) as image:
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image if image.mode == "RGBA" else None)
    flat.thumbnail((MAIL_WIDTH_PIXELS, MAX_SIDE_PIXELS), Image.Resampling.LANCZOS)
    out = BytesIO()
    flat.save(out, "JPEG", quality=ENCODING_QUALITY, optimize=True, progressive=True)
    write_atomically(target, out.getvalue())


def rendition_widths(width: int) -> list[int]:
    """The widths to write of a picture `width` pixels wide: never above the original, and the original's if between."""
    return [step for step in RENDITION_WIDTHS if step < width] + ([width] if width <= RENDITION_WIDTHS[-1] else [])


def _keep(key: str, image: Image.Image, by: str, now: datetime) -> Picture:
    widths = rendition_widths(image.width)
    for width in widths:
        path = rendition_path(key, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _encode(image, width))
    values = {"width": image.width, "height": image.height, "widths": widths, "added_at": now, "added_by": by}
    return Picture.objects.get_or_create(pk=key, defaults=values)[0]


def _decode(data: bytes) -> Image.Image:
    """The picture upright, as RGB or RGBA, and nothing but its pixels."""
    with _refusing():
        image = Image.open(BytesIO(data), formats=ACCEPTED_FORMATS)
        if image.width * image.height > MAX_PICTURE_PIXELS:
            raise InvalidPictureError(f"This picture has more than {MAX_PICTURE_PIXELS // 1_000_000} million pixels. Make it smaller.")
        if max(image.size) > MAX_SIDE_PIXELS:
            raise InvalidPictureError(f"This picture is more than {MAX_SIDE_PIXELS:,} pixels long. Cut it to what is to be seen.")
        image.seek(0)
        upright = ImageOps.exif_transpose(image)
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever goes wrong while a stranger's bytes are decoded means that they are no picture we can use."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        raise InvalidPictureError("This is no JPEG, PNG, WebP or GIF picture.") from error
    except Image.DecompressionBombError as error:
        raise InvalidPictureError("This picture is far too large. Save a smaller version of it.") from error
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, OverflowError) as error:
        raise InvalidPictureError("This picture is damaged: it could not be read to its end.") from error


def _encode(image: Image.Image, width: int) -> bytes:
    height = max(1, round(image.height * width / image.width))
    scaled = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
    out = BytesIO()
    scaled.save(out, "WEBP", quality=ENCODING_QUALITY, method=4)
    return out.getvalue()
