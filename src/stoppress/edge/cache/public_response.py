"""Public responses and their cache headers: the same for every client, outdated after seconds.

A withdrawal must remove text everywhere within seconds. So browsers revalidate at each use (mostly with a 304), and
shared caches keep the newest page for one second and other addresses for five.

Each response also notes in the ASGI scope which position of the log it shows. The response cache keeps it until the log
moves on.
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
SCOPE_CURSOR_KEY = "stoppress.log_position"
"""Key of the ASGI scope under which a response notes the position of the log that it shows."""
SAFE_METHODS = "GET, HEAD"
CORS_HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
"""Headers that let scripts of other sites read coverage, without credentials: no public response depends on them."""
CORS_PATHS = re.compile(r"/live/[^/]+/(?:changes/[^/]+|stream|feed\.(?:atom|rss|json)|blog\.jsonld)|/embed/[^/]+")
"""Paths (decoded) whose responses have CORS_HEADERS, also their 404s."""


def public_response(
    request: HttpRequest,
    body: CompressedBody,
    position: Cursor,
    content_type: str = HTML_TYPE,
    cache_control: str = NEWEST_CACHE_CONTROL,
    status: int = 200,
    changed_at: datetime | None = None,
) -> HttpResponse:
    """Return `body` in the negotiated content coding, or 304 or 412 as the conditional headers demand (RFC 9110 §13).

    Args:
        request: the request; only its headers are read.
        body: the rendered body.
        position: the position of the log that the body shows; part of the entity tag.
        content_type: Content-Type of the body.
        cache_control: Cache-Control of the response.
        status: status code. Only 200 gets validators and honours conditional headers.
        changed_at: when the log reached `position`; None if unknown.
    """
    encoding = body.usable_encoding(negotiate_encoding(request.headers.get("Accept-Encoding", "")))
    etag = f'"{position}-{build_id()}{"-" + encoding if encoding else ""}"'
    modified = last_modified_date(changed_at, timezone.now()) if changed_at else ""
    status_sent = _evaluate_preconditions(request, etag, modified) if status == 200 else status
    if status_sent == 412:
        return _precondition_failed()
    if status_sent == 304:
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(body.encoded(encoding), content_type=content_type, status=status)
        if encoding:
            response["Content-Encoding"] = encoding
    response["Cache-Control"] = cache_control
    response["Vary"] = "Accept-Encoding"
    if status == 200:
        response["ETag"] = etag
        if modified:
            response["Last-Modified"] = modified
    _note_position(request, position)
    return response


def _evaluate_preconditions(request: HttpRequest, etag: str, modified: str) -> int:
    """Evaluate preconditions (RFC 9110 §13.2.2): 412 if they fail, 304 if the client's copy is current, else 200."""
    headers = request.headers
    if not Precondition(headers.get("If-Match", ""), headers.get("If-Unmodified-Since", "")).holds(etag, modified):
        return 412
    copy = ClientCopy(headers.get("If-None-Match", ""), headers.get("If-Modified-Since", ""))
    return 304 if copy.is_current(etag, modified) else 200


def _precondition_failed() -> HttpResponse:
    text = "Precondition failed: this page has changed.\n"
    return HttpResponse(text, status=412, content_type="text/plain", headers={"Cache-Control": "no-store"})


def last_modified_date(changed_at: datetime, now: datetime) -> str:
    """Return the Last-Modified value of a change: the end of its second, or "" until that second is over.

    One second may hold two changes. A client that sends only a date must not miss the later one (RFC 9110 §8.8.2.2).
    """
    end = ceil(changed_at.timestamp())
    return http_date(end) if end <= now.timestamp() else ""


def allow_cross_origin(response: HttpResponse) -> HttpResponse:
    """Add CORS_HEADERS to `response`, so that scripts of other sites may read it."""
    for name, value in CORS_HEADERS.items():
        response[name] = value
    return response


def cors_preflight() -> HttpResponse:
    """Return the response to a CORS preflight (Fetch §4.8): If-None-Match and Last-Event-ID may be sent."""
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": SAFE_METHODS,
        "Access-Control-Allow-Headers": "If-None-Match, Last-Event-ID",
        "Access-Control-Max-Age": "86400",
        "Allow": f"{SAFE_METHODS}, OPTIONS",
    }
    return HttpResponse(status=204, headers=allowed)


def _note_position(request: HttpRequest, position: Cursor) -> None:
    scope = getattr(request, "scope", None)  # an ASGI request has one
    if scope is not None:
        scope[SCOPE_CURSOR_KEY] = position
