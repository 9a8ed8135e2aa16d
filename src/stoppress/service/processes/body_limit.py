"""How large a request's body may be: nobody fills memory or disk by talking without end (heads: edge/protocol/request_limits.py)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stoppress.edge.http.security_headers import security_headers
from stoppress.runtime.http_head import RequestHead

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

LARGEST_BODY = 3 * 1024 * 1024
LARGEST_AT_DESK = 25 * 1024 * 1024
"""Bytes; pictures come in at the desk."""


class Counted:
    """`receive`, which says that the sender is gone once more than `most` bytes have come."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most

    @property
    def exceeded(self) -> bool:
        """Whether more came than may come."""
        return self._left < 0

    async def __call__(self) -> Message:
        """ASGI: the next piece of the body."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.exceeded else message


def bounded(app: App) -> App:
    """`app`, with 413 in place of an answer to whoever sends too much."""

    async def guarded(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        most = LARGEST_AT_DESK if scope.get("path", "").startswith("/desk/") else LARGEST_BODY
        if RequestHead(scope.get("headers", ())).content_length > most:
            await refuse(send)
            return
        body = Counted(receive, most)
        await app(scope, body, send)
        if body.exceeded:
            await refuse(send)

    return guarded


async def refuse(send: Send) -> None:
    """Answer 413 and hang up."""
    headers = [*security_headers(), (b"connection", b"close"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
