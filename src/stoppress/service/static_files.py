"""Static files for an asynchronous server: read whole, since all of them are small."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no type information
    """WhiteNoise, answering with bytes in place of a blocking iterator that Django would have to consume."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The file, a part of it, or 304, as WhiteNoise decides."""
        found = static_file.get_response(request.method, request.META)
        body = read_file(found.file) if found.file is not None else b""
        response = HttpResponse(body, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        if body:
            response["Content-Length"] = str(len(body))  # the file may have been replaced since it was first seen
        return response


def read_file(file: Any) -> bytes:
    """All of an open file, or of an iterable of blocks; closes it."""
    try:
        if hasattr(file, "read"):
            return bytes(file.read())
        blocks: Iterable[bytes] = file
        return b"".join(blocks)
    finally:
        if hasattr(file, "close"):
            file.close()
