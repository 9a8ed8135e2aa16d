"""Public answers as caches and browsers should treat them: the same for everybody, old within seconds.

A withdrawal must be able to remove text everywhere within seconds: browsers ask again each time (and mostly hear
304), shared caches hold the newest page for a second and other addresses for five.

Each answer also tells memory.py, through the ASGI scope, as of which end of the log it holds; memory.py keeps it
until then.
"""

import re
from datetime import datetime
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import http_date

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache.build_id import build_id
from stoppress.edge.cache.compressed_body import CompressedBody, negotiate_encoding
from stoppress.edge.http.conditional_requests import ClientCopy, Precondition

HTML_TYPE = "text/html; charset=utf-8"
JSON_TYPE = "application/json"
NEWEST_CACHE_CONTROL = "max-age=0, s-maxage=1, stale-while-revalidate=5, stale-if-error=60"
OTHER_CACHE_CONTROL = "max-age=0, s-maxage=5, stale-if-error=60"
SCOPE_CURSOR_KEY = "stoppress.as_of"
"""Where in the ASGI scope an answer notes the end of the log that it was made at."""
SAFE_METHODS = "GET, HEAD"
CORS_HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
"""Other sites may read coverage too; without credentials, which nothing here looks at anyway."""
CORS_PATHS = re.compile(r"/live/[^/]+/(?:changes/[^/]+|stream|feed\.(?:atom|rss|json)|blog\.jsonld)|/embed/[^/]+")
"""Addresses (paths, decoded) whose answers have that, also where there is nothing."""


def public_response(
    request: HttpRequest,
    rendition: CompressedBody,
    head: Cursor,
    content_type: str = HTML_TYPE,
    caching: str = NEWEST_CACHE_CONTROL,
    status: int = 200,
    changed_at: datetime | None = None,
) -> HttpResponse:
    """`rendition` as of `head`, in the encoding that is wanted; 304 for those who have it (RFC 9110 §13).

    `changed_at`, if known, is when the log ended there.
    """
    encoding = rendition.usable_encoding(negotiate_encoding(request.headers.get("Accept-Encoding", "")))
    etag = f'"{head}-{build_id()}{"-" + encoding if encoding else ""}"'
    modified = last_modified_date(changed_at, timezone.now()) if changed_at else ""
    decided = _decided(request, etag, modified) if status == 200 else status
    if decided == 412:
        return _failed()
    if decided == 304:
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(rendition.encoded(encoding), content_type=content_type, status=status)
        if encoding:
            response["Content-Encoding"] = encoding
    response["Cache-Control"] = caching
    response["Vary"] = "Accept-Encoding"
    if status == 200:
        response["ETag"] = etag
        if modified:
            response["Last-Modified"] = modified
    _note(request, head)
    return response


def _decided(request: HttpRequest, etag: str, modified: str) -> int:
    """200 for who is to get it; 412 if what was asked for is no longer so, 304 for who has it (RFC 9110 §13.2.2)."""
    said = request.headers
    if not Precondition(said.get("If-Match", ""), said.get("If-Unmodified-Since", "")).holds(etag, modified):
        return 412
    condition = ClientCopy(said.get("If-None-Match", ""), said.get("If-Modified-Since", ""))
    return 304 if condition.is_current(etag, modified) else 200


def _failed() -> HttpResponse:
    """What the reader relies on is no longer so."""
    text = "This has changed, or was never so.\n"
    return HttpResponse(text, status=412, content_type="text/plain", headers={"Cache-Control": "no-store"})


def last_modified_date(changed_at: datetime, now: datetime) -> str:
    """The date of a change as a validator: the end of its second, and nothing until that has passed.

    A second may hold two changes. Who asks by date alone must not miss the later one (RFC 9110 §8.8.2.2).
    """
    end = ceil(changed_at.timestamp())
    return http_date(end) if end <= now.timestamp() else ""


def allow_cross_origin(response: HttpResponse) -> HttpResponse:
    """`response`, which scripts of other sites may read."""
    for name, value in CORS_HEADERS.items():
        response[name] = value
    return response


def cors_preflight() -> HttpResponse:
    """What a browser asks before another site's script may send If-None-Match or Last-Event-ID (Fetch §4.8)."""
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": SAFE_METHODS,
        "Access-Control-Allow-Headers": "If-None-Match, Last-Event-ID",
        "Access-Control-Max-Age": "86400",
        "Allow": f"{SAFE_METHODS}, OPTIONS",
    }
    return HttpResponse(status=204, headers=allowed)


def _note(request: HttpRequest, head: Cursor) -> None:
    scope = getattr(request, "scope", None)  # an ASGI request has one
    if scope is not None:
        scope[SCOPE_CURSOR_KEY] = head
