"""Limit request bodies before they are read (limits of heads: edge/protocol/request_limits.py).

    up to 64 KiB     all requests
    up to 3 MiB      all requests, within one budget of bytes for strangers and one for the newsroom
    up to 25 MiB     views that take files, for people whose session has the permission; within the newsroom's budget

A budget counts the bodies that are being received or used at this moment, in this process.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.http.response import HttpResponseBase

from stoppress.desk.access.large_bodies import has_known_sender, refuse_large_body, takes_large_bodies
from stoppress.edge.http.security_headers import security_headers
from stoppress.runtime.http_head import RequestHead
from stoppress.service.processes.concurrency_limits import send_retry_later
from stoppress.service.processes.plain_refusal import send_plain_refusal
from stoppress.service.processes.request_threads import request_threads

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

SMALL_BODY_BYTES = 64 * 1024
MAX_BODY_BYTES = 3 * 1024 * 1024
MAX_LARGE_BODY_BYTES = 25 * 1024 * 1024
MAX_NEWSROOM_BYTES_AT_ONCE = 128 * 1024 * 1024
MAX_STRANGER_BYTES_AT_ONCE = 32 * 1024 * 1024


class ByteBudget:
    """Bytes that all bodies of one group may have at once. Used by the event loop's thread only."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def reserve(self, count: int) -> bool:
        """Reserve `count` bytes; return False, and reserve nothing, if fewer are left."""
        if count > self._left:
            return False
        self._left -= count
        return True

    def release(self, count: int) -> None:
        """Return `count` reserved bytes."""
        self._left += count


newsroom_budget = ByteBudget(MAX_NEWSROOM_BYTES_AT_ONCE)
strangers_budget = ByteBudget(MAX_STRANGER_BYTES_AT_ONCE)


class CountedReceive:
    """An ASGI `receive` that reports a disconnect once a body exceeds its limit or its group's budget.

    An announced length is reserved before the first byte; the bytes of a chunked body when they arrive.

    Args:
        receive: the ASGI `receive` of the request.
        max_bytes: limit of this body.
        budget: budget of the group.
    """

    def __init__(self, receive: Receive, max_bytes: int, budget: ByteBudget) -> None:
        self._receive, self._max_bytes, self._budget = receive, max_bytes, budget
        self._received = self._reserved = 0
        self.is_budget_spent = False

    @property
    def is_exceeded(self) -> bool:
        """Return True if more bytes arrived than allowed."""
        return self._received > self._max_bytes

    def reserve(self, count: int) -> bool:
        """Reserve `count` bytes in all; return False if the budget has no room for them."""
        if count > self._reserved:
            self.is_budget_spent = not self._budget.reserve(count - self._reserved)
            self._reserved = self._reserved if self.is_budget_spent else count
        return not self.is_budget_spent

    def release(self) -> None:
        """Return everything that was reserved."""
        self._budget.release(self._reserved)
        self._reserved = 0

    async def __call__(self) -> Message:
        """Return the next message with a piece of the body."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        is_refused = self.is_exceeded or not self.reserve(self._received)
        return {"type": "http.disconnect"} if is_refused else message


def limit_body(app: App) -> App:
    """Return `app` behind the limits: 413 for a body that is too large, 503 if a budget is spent."""

    async def limited(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        head = RequestHead(scope.get("headers", ()))
        is_chunked, length = b"transfer-encoding" in head, head.content_length
        if length <= SMALL_BODY_BYTES and not is_chunked:
            await app(scope, receive, send)
            return
        if length > MAX_LARGE_BODY_BYTES or (length > MAX_BODY_BYTES and not takes_large_bodies(scope["path"])):
            await send_too_large(scope, send)
            return
        if length > MAX_BODY_BYTES and (refusal := await request_threads.run(refuse_large_body, scope)):
            await send_response(refusal, send)
            return
        is_known = length > MAX_BODY_BYTES or await request_threads.run(has_known_sender, scope)
        budget = newsroom_budget if is_known else strangers_budget
        body = CountedReceive(receive, max(length, MAX_BODY_BYTES), budget)
        try:
            if body.reserve(length):
                await app(scope, body, send)
            if body.is_budget_spent:
                await send_retry_later(scope, send)
            elif body.is_exceeded:
                await send_too_large(scope, send)
        finally:
            body.release()

    return limited


async def send_response(response: HttpResponseBase, send: Send) -> None:
    """Send a response of Django; the connection discards the body of its request without storing it."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    content = getattr(response, "content", b"")
    headers += [*security_headers(), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def send_too_large(scope: Mapping[str, Any], send: Send) -> None:
    """Send 413 and close the connection."""
    await send_plain_refusal(scope, send, 413, b"The body is too large.\n", [(b"connection", b"close")])
