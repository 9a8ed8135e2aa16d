"""Names of the files of a picture in the media folder. The bytes under a name never change."""

import re
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse

FILE_NAME = re.compile(r"([0-9a-f]{32})(?:-[0-9]{1,5}\.webp|-mail\.jpg|\.c2pa)")
CONTENT_TYPES = {".webp": "image/webp", ".jpg": "image/jpeg", ".c2pa": "application/c2pa"}


def media_folder() -> Path:
    """Return the folder of all pictures."""
    return Path(settings.MEDIA_ROOT)


def rendition_path(key: str, width: int) -> Path:
    """Return the path of one width of a picture."""
    return media_folder() / f"{key}-{width}.webp"


def mail_jpeg_path(key: str) -> Path:
    """Return the path of the JPEG of a picture, for mail: some mail programs do not show WebP."""
    return media_folder() / f"{key}-mail.jpg"


def credentials_path(key: str) -> Path:
    """Return the path of the Content Credentials of a picture. They may name a place, so readers never get them."""
    return media_folder() / f"{key}.c2pa"


def picture_id(name: str) -> str | None:
    """Return the id of the picture that a file belongs to; None if no file of a picture has this name."""
    match = FILE_NAME.fullmatch(name)
    return match[1] if match else None


def file_response(name: str, cache_control: str) -> HttpResponse | None:
    """Return a response with this file, or None if it is missing."""
    path = media_folder() / name
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    headers = {"Cache-Control": cache_control, "X-Content-Type-Options": "nosniff", "ETag": f'"{name}"'}
    return HttpResponse(content, content_type=CONTENT_TYPES[path.suffix], headers=headers)
