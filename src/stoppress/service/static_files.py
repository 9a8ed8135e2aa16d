"""Static files for an asynchronous server, read whole because all of them are small."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

from stoppress.coverage.assets.bundles import Bundle, bundles
from stoppress.edge.cache.compressed_body import CompressedBody, negotiate_encoding
from stoppress.edge.http.conditional_requests import matches_entity_tag

BUNDLE_PATH = re.compile(r"([a-z]+)\.([0-9a-f]{8})\.(css|js)")
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
OTHER_RELEASE = "public, max-age=60"
"""Cache-Control of a joined file under the name of another release: a page of that release may still be open."""


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no type information
    """WhiteNoise with bytes as the body, in place of a blocking iterator; and the joined files of the pages."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        bundles()  # a missing part stops the start

    def __call__(self, request: HttpRequest) -> Any:
        """Return a joined file, a static file, or the response of the next middleware."""
        match = BUNDLE_PATH.fullmatch(request.path_info.removeprefix(settings.STATIC_URL))
        bundle = bundles().get(f"{match[1]}.{match[3]}") if match else None
        if match is None or bundle is None or request.method not in ("GET", "HEAD"):
            return super().__call__(request)
        return bundle_response(request, bundle, is_present=match[2] == bundle.digest)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """Return the file, a part of it, or 304, as WhiteNoise decides."""
        answer = static_file.get_response(request.method, request.META)
        body = read_file(answer.file) if answer.file is not None else b""
        response = HttpResponse(body, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        if body:
            response["Content-Length"] = str(len(body))  # the file may have been replaced since it was first seen
        return response


@cache
def _compressed(bundle: Bundle) -> CompressedBody:
    return CompressedBody(bundle.body)


def bundle_response(request: HttpRequest, bundle: Bundle, *, is_present: bool) -> HttpResponse:
    """Return a joined file in the negotiated content coding, or 304.

    Args:
        request: Only its headers are read.
        bundle: The joined file.
        is_present: The requested name is that of the present content, so it may be kept without limit.
    """
    body = _compressed(bundle)
    encoding = body.usable_encoding(negotiate_encoding(request.headers.get("Accept-Encoding", "")))
    etag = f'"{bundle.digest}{"-" + encoding if encoding else ""}"'
    if matches_entity_tag(request.headers.get("If-None-Match", ""), etag):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(body.encoded(encoding), content_type=bundle.media_type)
        if encoding:
            response["Content-Encoding"] = encoding
    response["ETag"] = etag
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = KEPT_FOR_EVER if is_present else OTHER_RELEASE
    response["Access-Control-Allow-Origin"] = "*"  # a sandboxed frame requests the module from origin `null`
    return response


def read_file(file: Any) -> bytes:
    """Read all of an open file or an iterable of blocks, and close it."""
    try:
        if hasattr(file, "read"):
            return bytes(file.read())
        blocks: Iterable[bytes] = file
        return b"".join(blocks)
    finally:
        if hasattr(file, "close"):
            file.close()
