"""Take uploaded pictures. The decoder process makes the files; this process never decodes one.

Each upload is a picture with a random id, so an address cannot be guessed from a file, and a file that was withdrawn
can be uploaded again.
"""

import secrets
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from stoppress.coverage.errors import CoverageError
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.coverage.models import LiveBlog, Picture
from stoppress.coverage.pictures.files import credentials_path, mail_jpeg_path, media_folder, rendition_path
from stoppress.coverage.pictures.run_decoder import decode_picture
from stoppress.imaging.results import Refusal, RefusedPictureError
from stoppress.runtime.atomic_files import move_durably

MAX_UPLOADS_PER_FORM = 10
"""Pictures that one form may bring: each is decoded while the form waits."""
MAX_PICTURE_BYTES = 20 * 1024 * 1024
LOCK_NAME = "decoder.lock"


class Upload(Protocol):
    """A readable binary file, such as Django's UploadedFile."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""


class InvalidPictureError(CoverageError):
    """The upload cannot be used as a picture; the message states the reason."""


def store_picture(upload: Upload, *, blog: LiveBlog, by: str, now: datetime) -> Picture:
    """Check `upload`, write its files and return its row. Only the desk of `blog` can see it until a post shows it.

    Raises:
        InvalidPictureError: if it is no picture, damaged, animated or too large, or if the decoder is busy.
    """
    data = upload.read(MAX_PICTURE_BYTES + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise InvalidPictureError(
            _("This picture is larger than {limit} MB. Save a smaller version of it.").format(
                limit=MAX_PICTURE_BYTES // 1024 // 1024
            )
        )
    key = secrets.token_hex(16)
    media_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=media_folder(), prefix=".decoding-") as name:
        folder = Path(name)
        try:
            made = decode_picture(data, folder, media_folder() / LOCK_NAME)
        except RefusedPictureError as error:
            raise InvalidPictureError(_explain(error)) from error
        files = {f"{width}.webp": rendition_path(key, width) for width in made.widths}
        files |= {"mail.jpg": mail_jpeg_path(key)}
        files |= {"c2pa": credentials_path(key)} if made.has_credentials else {}
        move_durably({folder / written: target for written, target in files.items()})
    sizes = {"width": made.width, "height": made.height, "widths": made.widths, "ground": made.ground}
    return Picture.objects.create(id=key, blog=blog, added_at=now, added_by=by, **sizes)


def _explain(error: RefusedPictureError) -> str:
    """Return the sentence for the editor."""
    match error.reason:
        case Refusal.FORMAT if error.detail:
            return _("{format} files cannot be shown. Save the picture as JPEG, PNG or WebP.").format(
                format=error.detail
            )
        case Refusal.FORMAT:
            return _("This is no JPEG, PNG, WebP or GIF picture.")
        case Refusal.PIXELS:
            return _("This picture has more than {limit} million pixels. Make it smaller.").format(
                limit=int(error.detail) // 1_000_000
            )
        case Refusal.SIDE:
            return _("This picture is more than {limit} pixels long. Crop it, or save a smaller version of it.").format(
                limit=group_digits(int(error.detail))
            )
        case Refusal.ANIMATED:
            return _("This picture moves, and posts show still pictures only. Save one frame of it as JPEG or PNG.")
        case Refusal.HDR:
            return _("This picture is in HDR, and posts cannot show its brightness. Save it in SDR, for example sRGB.")
        case Refusal.COSTLY:
            return _("This picture takes too much memory or time to decode. Save a smaller version of it.")
        case Refusal.BUSY:
            return _("Other pictures are being prepared. Try again in a minute.")
        case _:
            return _("This picture is damaged: it could not be read to its end.")
