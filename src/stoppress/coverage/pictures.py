"""Decode uploaded pictures, turn them upright, and encode them again without metadata.

    upload ──► check size ──► decode (name and declared type are ignored) ──► turn upright ──► WebP in several widths

The id of a picture is a digest of the uploaded bytes, so the same file uploaded again is the same picture.
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
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from stoppress.coverage.errors import CoverageError
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.coverage.models import Picture
from stoppress.runtime.atomic_files import write_atomically

RENDITION_WIDTHS = (480, 800, 1280, 1920)
ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_PICTURE_BYTES = 20 * 1024 * 1024
MAX_PICTURE_PIXELS = 50_000_000
MAX_SIDE_PIXELS = 16_000
"""Maximum width and height of a picture; the limit of WebP is 16,383 pixels."""
ENCODING_QUALITY = 82
MAIL_WIDTH_PIXELS = 1200
"""Twice the width of the text column in mail, for high-density screens."""


class Upload(Protocol):
    """A readable binary file, such as Django's UploadedFile."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""


class InvalidPictureError(CoverageError):
    """The upload cannot be used as a picture; the message states the reason."""


def store_picture(upload: Upload, *, by: str, now: datetime) -> Picture:
    """Check `upload`, write its files and return its row. The same upload again returns the existing row.

    Raises:
        InvalidPictureError: if it is no picture, damaged, or too large.
    """
    data = upload.read(MAX_PICTURE_BYTES + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise InvalidPictureError(
            _("This picture is larger than {limit} MB. Save a smaller version of it.").format(
                limit=MAX_PICTURE_BYTES // 1024 // 1024
            )
        )
    key = hashlib.sha256(data).hexdigest()[:32]
    existing = Picture.objects.filter(pk=key).first()
    if existing and all(rendition_path(key, width).exists() for width in existing.widths):
        return existing
    return _write_renditions(key, _decode(data), by, now)


def rendition_path(key: str, width: int) -> Path:
    """Return the path of one width of a picture."""
    return Path(settings.MEDIA_ROOT) / f"{key}-{width}.webp"


def mail_jpeg_path(key: str) -> Path:
    """Return the path of the JPEG of a picture, for mail: some mail programs do not show WebP."""
    return Path(settings.MEDIA_ROOT) / f"{key}-mail.jpg"


def write_mail_jpeg(key: str, widths: Sequence[int]) -> None:
    """Write the JPEG of a picture unless it exists.

    Raises:
        OSError: if the WebP file of the picture cannot be read, or the JPEG cannot be written.
    """
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
    """Return the widths to encode: the standard ones below `width` pixels, and `width` itself up to 1920 pixels."""
    return [step for step in RENDITION_WIDTHS if step < width] + ([width] if width <= RENDITION_WIDTHS[-1] else [])


def _write_renditions(key: str, image: Image.Image, by: str, now: datetime) -> Picture:
    widths = rendition_widths(image.width)
    for width in widths:
        path = rendition_path(key, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _encode(image, width))
    values = {"width": image.width, "height": image.height, "widths": widths, "added_at": now, "added_by": by}
    return Picture.objects.get_or_create(pk=key, defaults=values)[0]


def _decode(data: bytes) -> Image.Image:
    """Return the picture turned upright, as RGB or RGBA, without metadata."""
    with _decoding_errors():
        image = Image.open(BytesIO(data), formats=ACCEPTED_FORMATS)
        if image.width * image.height > MAX_PICTURE_PIXELS:
            raise InvalidPictureError(
                _("This picture has more than {limit} million pixels. Make it smaller.").format(
                    limit=MAX_PICTURE_PIXELS // 1000000
                )
            )
        if max(image.size) > MAX_SIDE_PIXELS:
            raise InvalidPictureError(
                _("This picture is more than {limit} pixels long. Crop it, or save a smaller version of it.").format(
                    limit=group_digits(MAX_SIDE_PIXELS)
                )
            )
        image.seek(0)
        upright = ImageOps.exif_transpose(image)
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


@contextmanager
def _decoding_errors() -> Iterator[None]:
    """Convert every error of Pillow on untrusted bytes into InvalidPictureError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        raise InvalidPictureError(_("This is no JPEG, PNG, WebP or GIF picture.")) from error
    except Image.DecompressionBombError as error:
        raise InvalidPictureError(_("This picture is far too large. Save a smaller version of it.")) from error
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, OverflowError) as error:
        raise InvalidPictureError(_("This picture is damaged: it could not be read to its end.")) from error


def _encode(image: Image.Image, width: int) -> bytes:
    height = max(1, round(image.height * width / image.width))
    scaled = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
    out = BytesIO()
    scaled.save(out, "WEBP", quality=ENCODING_QUALITY, method=4)
    return out.getvalue()
