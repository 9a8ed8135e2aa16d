"""Static files for an asynchronous server, read whole because all of them are small."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no type information
    """WhiteNoise with bytes as the body, in place of a blocking iterator."""

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
