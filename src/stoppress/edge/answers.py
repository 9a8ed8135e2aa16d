"""Public answers as caches and browsers should treat them: the same for everybody, old within seconds.

A withdrawal must be able to remove text everywhere within seconds: browsers ask again each time (and mostly hear 304),
shared caches hold the newest page for a second and other addresses for five.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from stoppress.coverage.state import Cursor
from stoppress.edge.build import build

HTML = "text/html; charset=utf-8"
HEAD = "max-age=0, s-maxage=1, stale-while-revalidate=5, stale-if-error=60"
ELSEWHERE = "max-age=0, s-maxage=5, stale-if-error=60"


def answer(
    request: HttpRequest,
    body: bytes,
    head: Cursor,
    content_type: str = HTML,
    caching: str = HEAD,
    status: int = 200,
) -> HttpResponse:
    """`body` as of `head`; 304 for those who have it already (RFC 9110 §13.1.2)."""
    etag = f'"{head}-{build()}"'
    if status == 200 and _has(request, etag):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(body, content_type=content_type, status=status)
    response["Cache-Control"] = caching
    if status == 200:
        response["ETag"] = etag
    return response


def _has(request: HttpRequest, etag: str) -> bool:
    known = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    return etag in known or "*" in known
