"""Limit the size of request bodies (limits of heads: edge/protocol/request_limits.py)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stoppress.runtime.http_head import RequestHead
from stoppress.service.processes.plain_refusal import send_plain_refusal

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 3 * 1024 * 1024
MAX_DESK_BODY_BYTES = 25 * 1024 * 1024
"""The desk takes pictures."""


class CountedReceive:
    """An ASGI `receive` that reports a disconnect once more than `max_bytes` have arrived."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive, self._left = receive, max_bytes

    @property
    def is_exceeded(self) -> bool:
        """Return True if more bytes arrived than allowed."""
        return self._left < 0

    async def __call__(self) -> Message:
        """Return the next message with a piece of the body."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.is_exceeded else message


def limit_body(app: App) -> App:
    """Return `app` with 413 as the response to a body that is too large."""

    async def limited(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        max_bytes = MAX_DESK_BODY_BYTES if scope.get("path", "").startswith("/desk/") else MAX_BODY_BYTES
        if RequestHead(scope.get("headers", ())).content_length > max_bytes:
            await send_too_large(scope, send)
            return
        body = CountedReceive(receive, max_bytes)
        await app(scope, body, send)
        if body.is_exceeded:
            await send_too_large(scope, send)

    return limited


async def send_too_large(scope: dict[str, Any], send: Send) -> None:
    """Send 413 and close the connection."""
    await send_plain_refusal(scope, send, 413, b"", [(b"connection", b"close")])
