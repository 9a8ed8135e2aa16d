"""The newsroom's logo."""

import mimetypes
from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from stoppress.coverage.newsroom import newsroom


@lru_cache(maxsize=2)
def _read(path: str, changed: int) -> bytes:
    return Path(path).read_bytes()


def _stamp(request: HttpRequest) -> str:
    """The logo's ETag; there is none without a file."""
    try:
        found = Path(newsroom().logo or "/dev/null/none").stat()
    except OSError as error:
        raise Http404 from error
    return f'"{found.st_mtime_ns:x}-{found.st_size:x}"'


@require_safe
@condition(etag_func=_stamp)
def logo(request: HttpRequest) -> HttpResponse:
    """`/newsroom/logo`. A drawing (SVG) may hold scripts: opened by itself it runs none."""
    path = Path(newsroom().logo)
    kind = mimetypes.guess_type(path.name)[0] or ""
    if not kind.startswith("image/"):
        raise Http404
    response = HttpResponse(_read(str(path), path.stat().st_mtime_ns), content_type=kind)
    response["Cache-Control"] = "max-age=3600"
    return response
