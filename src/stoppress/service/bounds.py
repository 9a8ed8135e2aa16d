"""How large a request may be: nobody fills memory or disk by talking without end.

Neither uvicorn nor Django sets these bounds: a header was collected for as long as it came, a body was written to disk.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stoppress.edge.stream import EdgeProtocol

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

LARGEST_HEAD = 64 * 1024
"""Bytes of request line and header."""
LARGEST_BODY = 3 * 1024 * 1024
LARGEST_AT_DESK = 25 * 1024 * 1024
"""Bytes; pictures come in at the desk."""

TOO_LARGE_HEAD = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(EdgeProtocol):
    """The edge's protocol, which hangs up on a header that does not end."""

    _head = -1
    """Bytes of the header that is being read; -1 between headers."""

    def on_message_begin(self) -> None:
        """httptools: a request begins."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """httptools: its header is there."""
        self._head = -1
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._head >= 0:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self.transport.write(TOO_LARGE_HEAD)
                self.transport.close()


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
        if announced(scope) > most:
            await refuse(send)
            return
        body = Counted(receive, most)
        await app(scope, body, send)
        if body.exceeded:
            await refuse(send)

    return guarded


def announced(scope: Message) -> int:
    """The length that the header tells; 0 if it tells none."""
    told = dict(scope.get("headers", ())).get(b"content-length", b"")
    return int(told) if told.isdigit() else 0


async def refuse(send: Send) -> None:
    """Answer 413 and hang up."""
    headers = [(b"connection", b"close"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
