"""The security headers for responses written without Django: refusals and the head of a stream."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

SECURITY_MIDDLEWARE = {
    "stoppress.edge.http.transport_security.TransportSecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
}
"""The middleware classes that set security headers."""


@cache
def security_headers() -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that SECURITY_MIDDLEWARE adds to an empty response; names in lower case."""
    respond: Callable[[HttpRequest], HttpResponse] = _empty_response
    for path in settings.MIDDLEWARE:
        if path in SECURITY_MIDDLEWARE:
            respond = import_string(path)(respond)
    added = respond(HttpRequest()).items()
    return tuple((name.lower().encode(), value.encode()) for name, value in added if name != "Content-Type")


def _empty_response(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
