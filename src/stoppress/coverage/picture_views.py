"""The files of pictures."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.pictures import rendition_path, mail_jpeg_path

NAME = re.compile(r"([0-9a-f]{32})-(?:([0-9]{1,5})\.webp|mail\.jpg)")


@require_safe
def picture_file(request: HttpRequest, name: str) -> HttpResponse:
    """One width of a picture. A name is never used twice for other bytes, so it may be kept for ever."""
    found = NAME.fullmatch(name)
    if found is None:
        raise Http404
    path = rendition_path(found[1], int(found[2])) if found[2] else mail_jpeg_path(found[1])
    if not path.is_file():
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(path.read_bytes(), content_type="image/webp" if found[2] else "image/jpeg", headers=headers)
