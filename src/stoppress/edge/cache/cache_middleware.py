"""The ASGI side of the response cache: Django renders once for all clients that want the same response.

A request passes to Django unchanged unless it is a plain GET or HEAD of a cached address with an allowed host.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.public_response import CORS_HEADERS, CORS_PATHS, SCOPE_CURSOR_KEY
from stoppress.edge.cache.response_cache import (
    REPRESENTATION_HEADERS,
    CachedResponse,
    CacheKey,
    Headers,
    ResponseCache,
    cached_slug,
    parse_cache_request,
)
from stoppress.edge.http.conditional_requests import NO_CLIENT_COPY, ClientCopy
from stoppress.runtime.http_head import BODY_HEADERS, PRECONDITION_HEADERS, RequestHead

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CACHED_STATUSES = {200, 410}
FORWARDED_HEADERS = {b"host", b"x-forwarded-proto"}
"""The only request headers that Django gets for a cached address, besides Accept-Encoding."""
UNCACHED_HEADERS = BODY_HEADERS | PRECONDITION_HEADERS
"""Headers of requests that are never answered from the cache."""


@dataclass
class CapturedResponse:
    """Django's response, collected from its ASGI messages."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def receive_message(self, message: Message) -> None:
        """Add one ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.lower(), value) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class CacheMiddleware:
    """An ASGI application with a response cache in front."""

    def __init__(self, app: App, cache: ResponseCache) -> None:
        self._app, self._cache = app, cache
        self._renders: dict[tuple[object, ...], asyncio.Task[CachedResponse]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the cache; on a miss, render and store the response; pass every other request on."""
        key, copy = _parse_request(scope)
        if key is None:
            await self._app(scope, receive, _adjust_headers_of(scope, send))
            return
        response = self._cache.find(key)
        if response is None:
            response = await asyncio.shield(self._render_once(key, scope))
        status, headers, body = response.to_asgi(scope["method"], copy)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _render_once(self, key: CacheKey, scope: Scope) -> asyncio.Task[CachedResponse]:
        """Return the running render of `key`, or start one.

        Requests up to the next poll of the logs share one render; a request after it starts another.
        """
        positions = log_positions.latest()
        render_key = (key, id(positions))
        task = self._renders.get(render_key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._render(key, scope, positions))
            self._renders[render_key] = task
            task.add_done_callback(lambda _: self._renders.pop(render_key, None))
        return task

    async def _render(self, key: CacheKey, scope: Scope, positions: log_positions.LogPositions) -> CachedResponse:
        """Let Django render the response, and store it.

        The argument `positions` keeps the latest positions alive, so that no other object gets their id meanwhile.
        """
        captured = CapturedResponse()
        plain = _plain_scope(scope, key.encoding)
        await self._app(plain, _receive_empty_body(), captured.receive_message)
        as_of: Cursor | None = plain.get(SCOPE_CURSOR_KEY)
        headers = _adjust_headers(captured.status, captured.headers, scope["path"])
        slug = cached_slug(key.path) or ""
        response = CachedResponse(slug, as_of or Cursor("", 0), captured.status, headers, captured.body)
        if as_of is not None and captured.status in CACHED_STATUSES:
            if not _is_outdated(response):
                self._cache.store(key, response)
        elif captured.status == 404:
            self._cache.store_not_found(key, response, positions)
        return response


def _is_outdated(response: CachedResponse) -> bool:
    """Return True if the log has moved on while the response was rendered."""
    now = log_positions.last_known().get(response.slug)
    return now is not None and now.epoch == response.as_of.epoch and now.seq > response.as_of.seq


def _parse_request(scope: Scope) -> tuple[CacheKey | None, ClientCopy]:
    """Return the cache key of a request and the copy that the client has; no key if the cache must not answer it."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or cached_slug(scope["raw_path"]) is None:
        return None, NO_CLIENT_COPY
    parsed = parse_cache_request(scope["raw_path"], RequestHead(scope["headers"]), UNCACHED_HEADERS)
    return (parsed[0], parsed[1] or NO_CLIENT_COPY) if parsed else (None, NO_CLIENT_COPY)


def _plain_scope(scope: Scope, encoding: str) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name in FORWARDED_HEADERS]
    if encoding:
        headers.append((b"accept-encoding", encoding.encode()))
    return {**scope, "method": "GET", "query_string": b"", "headers": headers, "state": {}}


def _receive_empty_body() -> Receive:
    """Return an ASGI `receive` for a request without a body, whose client does not disconnect."""
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        return await asyncio.Future()

    return receive


def _adjust_headers_of(scope: Scope, send: Send) -> Send:
    async def send_adjusted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = _adjust_headers(message["status"], message["headers"], scope["path"])
            message = {**message, "headers": headers}
        await send(message)

    return send_adjusted


def _adjust_headers(status: int, headers: Headers, path: str) -> Headers:
    """Return Django's headers as they must be sent.

    A 304 omits `Content-Length: 0`, which would describe the body that was left out; a 204 has no body to describe
    (RFC 9110 §8.6). If scripts of other sites may read the 200 of a path, they may also read its 404.
    """
    if status in (204, 304):
        return [(name, value) for name, value in headers if name.lower() not in REPRESENTATION_HEADERS]
    if status == 404 and CORS_PATHS.fullmatch(path):
        return [*headers, *((name.lower().encode(), value.encode()) for name, value in CORS_HEADERS.items())]
    return headers
