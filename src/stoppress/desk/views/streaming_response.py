"""Responses that are too long to be held in memory."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, StreamingHttpResponse


def stream_response(request: HttpRequest, chunks: Iterator[str], **options: Any) -> StreamingHttpResponse:
    """Return a response of `chunks`; each chunk is computed when the client has taken the previous one."""
    content = _compute_in_thread(chunks) if isinstance(request, ASGIRequest) else chunks
    return StreamingHttpResponse(content, **options)


async def _compute_in_thread(chunks: Iterator[str]) -> AsyncIterator[str]:
    """Compute each chunk in a thread, so that the event loop continues to serve readers (ASGI).

    Django does not reset the database connection of that thread at the start of a request, so this function does.
    """
    await sync_to_async(close_old_connections)()
    next_chunk = sync_to_async(lambda: next(chunks, None))
    while (chunk := await next_chunk()) is not None:
        yield chunk
