"""Answers that are longer than memory should hold."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, StreamingHttpResponse


def stream_response(request: HttpRequest, pieces: Iterator[str], **more: Any) -> StreamingHttpResponse:
    """An answer made of `pieces`, each made when the one before has been taken."""
    taken = _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(taken, **more)


async def _one_by_one(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Under ASGI: each piece is made in a thread, so that the loop goes on serving readers.

    That thread is no request's: whether its connection to the database still stands is looked at here.
    """
    await sync_to_async(close_old_connections)()
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece
