"""The security headers of every answer, for what is written outside Django: refusals and the head of a stream."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

SECURITY_MIDDLEWARE = {
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
}
"""The middlewares that set them."""


@cache
def security_headers() -> tuple[tuple[bytes, bytes], ...]:
    """What these middlewares put on an answer that says nothing itself; names in lower case."""
    respond: Callable[[HttpRequest], HttpResponse] = _nothing
    for path in settings.MIDDLEWARE:
        if path in SECURITY_MIDDLEWARE:
            respond = import_string(path)(respond)
    said = respond(HttpRequest()).items()
    return tuple((name.lower().encode(), value.encode()) for name, value in said if name != "Content-Type")


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@cache
def security_header_lines() -> bytes:
    """The same as lines of an HTTP/1.1 head."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in security_headers())
