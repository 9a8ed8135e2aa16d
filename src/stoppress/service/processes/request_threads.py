"""Threads for Django's synchronous code, each with its database connection, reused from request to request.

Django by itself creates a thread for every request, and with it a database connection: 1.5 ms each.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import IO, Any, TypeVar

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.db import connection, connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from stoppress.runtime import notifications
from stoppress.service.processes.concurrency_limits import QueueFullError, limit_for, send_retry_later

log = logging.getLogger(__name__)

WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MAX_IDLE_THREADS = 8
"""Idle threads to keep; surplus threads are shut down."""

Message = Mapping[str, Any]
T = TypeVar("T")


class RequestThreads:
    """A pool of idle threads, each an executor of one. Used by the event loop's thread only."""

    def __init__(self, max_idle: int = MAX_IDLE_THREADS) -> None:
        self._max_idle = max_idle
        self._idle: list[ThreadPoolExecutor] = []

    def __len__(self) -> int:
        return len(self._idle)

    def acquire(self) -> ThreadPoolExecutor:
        """Return the thread that was released last, or a new one."""
        return self._idle.pop() if self._idle else ThreadPoolExecutor(1, "django")

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run `work` in a thread and return its result."""
        loop, thread = asyncio.get_running_loop(), self.acquire()
        try:
            result = await loop.run_in_executor(thread, work, *arguments)
        except asyncio.CancelledError:
            self.release_when_idle(thread, loop)
            raise
        except BaseException:
            self._release(thread)
            raise
        self._release(thread)
        return result

    def release_when_idle(self, thread: ThreadPoolExecutor, loop: asyncio.AbstractEventLoop) -> None:
        """Release a thread once it has finished: the work of a cancelled request runs to its end."""

        def done(_: Future[None]) -> None:
            try:
                loop.call_soon_threadsafe(self._release, thread)
            except RuntimeError:  # the loop has closed meanwhile
                _shut_down(thread)

        thread.submit(_do_nothing).add_done_callback(done)

    def _release(self, thread: ThreadPoolExecutor) -> None:
        if len(self._idle) < self._max_idle:
            self._idle.append(thread)
        else:
            _shut_down(thread)

    def shut_down(self) -> None:
        """Shut down all idle threads and close their connections."""
        while self._idle:
            _shut_down(self._idle.pop())


def _do_nothing() -> None:
    """Mark the end of a thread's queue."""


def _shut_down(thread: ThreadPoolExecutor) -> None:
    thread.submit(connections.close_all)
    thread.shutdown(wait=False)


def write_before_mailer(writes: bool) -> AbstractContextManager[None]:
    """Return a context in which a writing request has precedence over the mailer on SQLite (decision 018)."""
    first = getattr(connection, "first", None)
    return first() if writes and first else nullcontext()


def is_newsroom_write(request: HttpRequest) -> bool:
    """Return True for a write by desk or API: mail pauses for it, but not for sign-ups (decision 022)."""
    is_newsroom = request.path_info.startswith("/desk/") or "Authorization" in request.headers
    return request.method in WRITING_METHODS and is_newsroom


async def _send_while_connected(receive: Callable[[], Awaitable[Message]], sending: Coroutine[Any, Any, None]) -> None:
    """Send until the client disconnects; uvicorn reports a disconnect only through `receive`."""
    tasks = {asyncio.ensure_future(sending), gone := asyncio.ensure_future(_wait_for_disconnect(receive))}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {gone}:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _wait_for_disconnect(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


request_threads = RequestThreads()
"""The threads of this process."""


class DjangoHandler(ASGIHandler):
    """Django with one thread per request, from the first middleware to the last.

    Django by itself switches between event loop and thread for a signal, each middleware and the view.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        """Load all middleware as synchronous, like the views."""
        super().load_middleware(is_async=False)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request (ASGI). The work of a client that disconnects is finished all the same."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        except OSError as error:  # large bodies are kept in a file
            log.error("%s %s: the body cannot be kept", scope["method"], scope["path"], exc_info=error)
            await send_retry_later(scope, send, b"The server cannot keep the request. Try again later.\n")
            return
        try:
            async with limit_for(scope).slot():
                response = await request_threads.run(self._answer, scope, body)
        except QueueFullError:
            body.close()
            await send_retry_later(scope, send)
            return
        if not response.streaming:
            await self.send_response(response, send)  # without a thread: a slow client may take minutes
            return
        try:
            await _send_while_connected(receive, self.send_response(response, send))
        finally:
            await request_threads.run(response.close)

    def _answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response = refusal if request is None else self._respond(request)
        assert response is not None, "create_request returns a request or a response"
        if not response.streaming:
            response.close()
        return response

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        if is_newsroom_write(request):
            notifications.notify(notifications.INTERACTIVE_WRITE)
        with write_before_mailer(request.method in WRITING_METHODS):
            return self.get_response(request)
