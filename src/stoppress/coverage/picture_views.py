"""Serve the files of pictures."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stoppress.coverage.pictures import mail_jpeg_path, rendition_path

NAME = re.compile(r"([0-9a-f]{32})-(?:([0-9]{1,5})\.webp|mail\.jpg)")


@require_safe
def picture_file(request: HttpRequest, name: str) -> HttpResponse:
    """Serve one width of a picture. The bytes under a name never change, so caches may keep it without limit."""
    match = NAME.fullmatch(name)
    if match is None:
        raise Http404
    key, width = match.groups()
    path = rendition_path(key, int(width)) if width else mail_jpeg_path(key)
    if not path.is_file():
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(path.read_bytes(), content_type="image/webp" if width else "image/jpeg", headers=headers)
