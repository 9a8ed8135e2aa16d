"""The newsroom's logo."""

import mimetypes
from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from stoppress.coverage.newsroom import newsroom


@lru_cache(maxsize=2)
def _read_logo(path: str, modified_ns: int) -> bytes:
    return Path(path).read_bytes()


def _entity_tag(request: HttpRequest) -> str:
    """Return the entity tag of the logo.

    Raises:
        Http404: the newsroom has no logo, or its file is missing.
    """
    if not newsroom().logo:
        raise Http404
    try:
        stat = Path(newsroom().logo).stat()
    except OSError as error:
        raise Http404 from error
    return f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'


@require_safe
@condition(etag_func=_entity_tag)
def logo(request: HttpRequest) -> HttpResponse:
    """Return `/newsroom/logo`. An SVG may contain scripts: opened by itself, it runs none."""
    path = Path(newsroom().logo)
    content_type = mimetypes.guess_type(path.name)[0] or ""
    if not content_type.startswith("image/"):
        raise Http404
    response = HttpResponse(_read_logo(str(path), path.stat().st_mtime_ns), content_type=content_type)
    response["Cache-Control"] = "max-age=3600"
    return response
