"""A view that returns what reached the application of a request, and headers that must not get there as trailers."""

from django.http import HttpRequest, JsonResponse

DANGEROUS = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "443",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
    "Host": "evil.example",
    "Authorization": "Bearer secret",
    "Proxy-Authorization": "Basic c2VjcmV0",
    "Cookie": "sessionid=stolen",
    "Origin": "https://evil.example",
    "Referer": "https://evil.example/",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Idempotency-Key": "1",
    "If-None-Match": "*",
    "If-Match": "*",
    "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT",
    "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT",
    "If-Range": "x",
    "Range": "bytes=0-0",
    "X-CSRFToken": "token",
    "X-Requested-With": "fetch",
    "HX-Request": "true",
    "X-HTTP-Method-Override": "DELETE",
    "Content-Type": "application/json",
    "Content-Encoding": "gzip",
    "Accept": "application/json",
    "Accept-Encoding": "br",
    "Accept-Language": "de",
    "Last-Event-ID": "x-1",
    "Expect": "100-continue",
    "Upgrade": "websocket",
    "Connection": "upgrade",
    "User-Agent": "other",
    "Via": "1.1 proxy",
    "Trailer": "X-Forwarded-For",
    "TE": "trailers",
    "Priority": "u=0",
}
"""Headers that change what a server does."""

RECEIVED_BODIES: list[str] = []
"""Bodies of requests that reached the application."""


def echo(request: HttpRequest) -> JsonResponse:
    """Return body and headers of a request: after its body was read, from Django's META and from the ASGI scope."""
    body = request.body.decode()
    RECEIVED_BODIES.append(body)
    scope = request.scope["headers"]  # type: ignore[attr-defined]
    return JsonResponse(
        {
            "body": body,
            "scope": sorted(name.decode() for name, _ in scope),
            "meta": {name: value for name, value in request.META.items() if isinstance(value, str)},
        }
    )
