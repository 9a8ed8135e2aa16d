"""The ASGI side of memory.py: Django is asked once for all who want the same, and what it says is kept.

What is not a plain GET or HEAD of a hot address with a good host goes to Django untouched.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.public_response import SCOPE_CURSOR_KEY, CORS_HEADERS, CORS_PATHS
from stoppress.edge.cache.response_cache import REPRESENTATION_HEADERS, CachedResponse, Headers, CacheKey, ResponseCache, parse_cache_request, cached_slug
from stoppress.edge.http.conditional_requests import NO_CLIENT_COPY, ClientCopy
from stoppress.runtime.http_head import BODY_HEADERS, PRECONDITION_HEADERS, RequestHead

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CACHED_STATUSES = {200, 410}
FORWARDED_HEADERS = {b"host", b"x-forwarded-proto"}
"""What Django sees of a reader's headers at a hot address, beside the encoding: all get the same."""

UNCACHED_HEADERS = BODY_HEADERS | PRECONDITION_HEADERS
"""Headers of requests that are not to be answered from memory."""


@dataclass
class CapturedResponse:
    """What Django answered."""

    as_of: Cursor | None = None
    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Collect one ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.lower(), value) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class CacheMiddleware:
    """`app`, with a memory before it."""

    def __init__(self, app: App, memory: ResponseCache) -> None:
        self._app, self._memory = app, memory
        self._under_way: dict[tuple[object, ...], asyncio.Task[CachedResponse]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, else ask and remember; else pass through."""
        key, condition = _wanted(scope)
        if key is None:
            await self._app(scope, receive, _completing(scope, send))
            return
        answer = self._memory.find(key)
        if answer is None:
            answer = await asyncio.shield(self._asked_once(key, scope))
        status, headers, body = answer.to_asgi(scope["method"], condition)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _asked_once(self, key: CacheKey, scope: Scope) -> asyncio.Task[CachedResponse]:
        """Whoever comes before the next look at the log waits for the same answer; who comes after it asks anew."""
        seen = log_positions.latest()
        turn = (key, id(seen))
        task = self._under_way.get(turn)
        if task is None:
            task = self._under_way[turn] = asyncio.get_running_loop().create_task(self._ask(key, scope, seen))
            task.add_done_callback(lambda _: self._under_way.pop(turn, None))
        return task

    async def _ask(self, key: CacheKey, scope: Scope, seen: log_positions.LogPositions) -> CachedResponse:
        """Ask Django. `seen` is the last look at the logs; held here, nothing else gets its id meanwhile."""
        said = CapturedResponse()
        plain = _plain(scope, key.encoding)
        await self._app(plain, _nothing_more(), said.take)
        said.as_of = plain.get(SCOPE_CURSOR_KEY)
        headers = _completed(said.status, said.headers, scope["path"])
        answer = CachedResponse(cached_slug(key.path) or "", said.as_of or Cursor("", 0), said.status, headers, said.body)
        if said.as_of is not None and said.status in CACHED_STATUSES:
            if not _passed(answer):
                self._memory.store(key, answer)
        elif said.status == 404:
            self._memory.store_not_found(key, answer, seen)
        return answer


def _passed(answer: CachedResponse) -> bool:
    """Whether its log has moved on while it was made."""
    now = log_positions.last_known().get(answer.slug)
    return now is not None and now.epoch == answer.as_of.epoch and now.seq > answer.as_of.seq


def _wanted(scope: Scope) -> tuple[CacheKey | None, ClientCopy]:
    """What is kept under which key for this request, and what it has already; None if it is not for the memory."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or cached_slug(scope["raw_path"]) is None:
        return None, NO_CLIENT_COPY
    found = parse_cache_request(scope["raw_path"], RequestHead(scope["headers"]), UNCACHED_HEADERS)
    return (found[0], found[1] or NO_CLIENT_COPY) if found else (None, NO_CLIENT_COPY)


def _plain(scope: Scope, encoding: str) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name in FORWARDED_HEADERS]
    if encoding:
        kept.append((b"accept-encoding", encoding.encode()))
    return {**scope, "method": "GET", "query_string": b"", "headers": kept, "state": {}}


def _nothing_more() -> Receive:
    """A request without a body, from a reader who does not go away."""
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        return await asyncio.Future()

    return receive


def _completing(scope: Scope, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = _completed(message["status"], message["headers"], scope["path"])
            message = {**message, "headers": headers}
        await send(message)

    return sending


def _completed(status: int, headers: Headers, path: str) -> Headers:
    """Django's headers, as they are to go out.

    A 304 does without the `Content-Length: 0`, which would speak of the body that was left out, and a 204 has none to
    speak of (RFC 9110 §8.6). A 404 may be read by other sites' scripts where what is there may be.
    """
    if status in (204, 304):
        return [(name, value) for name, value in headers if name.lower() not in REPRESENTATION_HEADERS]
    if status == 404 and CORS_PATHS.fullmatch(path):
        return [*headers, *((name.lower().encode(), value.encode()) for name, value in CORS_HEADERS.items())]
    return headers
