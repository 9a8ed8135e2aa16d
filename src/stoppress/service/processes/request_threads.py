"""Threads for Django's synchronous code: lent to one request at a time, and kept with their database connection.

Django by itself makes a thread for every request, and with it a new connection: a millisecond and a half for each.
"""

import asyncio
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
from stoppress.service.processes.concurrency_limits import Full, come_back, lane_of

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MOST_IDLE = 8
"""Threads kept for the next request; who has as many and one more to give back ends it."""

Message = Mapping[str, Any]
T = TypeVar("T")


class Threads:
    """Idle threads, each an executor of one. For the event loop's thread only."""

    def __init__(self, most_idle: int = MOST_IDLE) -> None:
        self._most = most_idle
        self._idle: list[ThreadPoolExecutor] = []

    def __len__(self) -> int:
        return len(self._idle)

    def lend(self) -> ThreadPoolExecutor:
        """The thread that was given back last, or a new one."""
        return self._idle.pop() if self._idle else ThreadPoolExecutor(1, "django")

    async def do(self, work: Callable[..., T], *facts: Any) -> T:
        """Do `work` in a thread."""
        loop, thread = asyncio.get_running_loop(), self.lend()
        try:
            result = await loop.run_in_executor(thread, work, *facts)
        except asyncio.CancelledError:
            self.take_back(thread, loop)
            raise
        except BaseException:
            self._keep(thread)
            raise
        self._keep(thread)
        return result

    def take_back(self, thread: ThreadPoolExecutor, loop: asyncio.AbstractEventLoop) -> None:
        """Keep it for the next once it has nothing left to do: what nobody waits for any more runs to its end."""

        def done(_: Future[None]) -> None:
            try:
                loop.call_soon_threadsafe(self._keep, thread)
            except RuntimeError:  # the loop has closed meanwhile
                _end(thread)

        thread.submit(_nothing).add_done_callback(done)

    def _keep(self, thread: ThreadPoolExecutor) -> None:
        if len(self._idle) < self._most:
            self._idle.append(thread)
        else:
            _end(thread)

    def end(self) -> None:
        """Close the connections of all idle threads, and let them end."""
        while self._idle:
            _end(self._idle.pop())


def _nothing() -> None:
    """What a thread does last of one request."""


def _end(thread: ThreadPoolExecutor) -> None:
    thread.submit(connections.close_all)
    thread.shutdown(wait=False)


def before_the_mailer(writes: bool) -> AbstractContextManager[None]:
    """With SQLite a request that writes is ahead of the mailer from its beginning: the wait is over when it writes."""
    first = getattr(connection, "first", None)
    return first() if writes and first else nullcontext()


def is_newsrooms_writing(request: HttpRequest) -> bool:
    """Whether somebody of the newsroom saves something: mail is held back for that, and not for all who sign up."""
    of_newsroom = request.path_info.startswith("/desk/") or "Authorization" in request.headers
    return request.method in WRITES and of_newsroom


async def _while_there(receive: Callable[[], Awaitable[Message]], sending: Coroutine[Any, Any, None]) -> None:
    """Send as long as somebody is there: uvicorn tells of who has gone only when asked."""
    tasks = {asyncio.ensure_future(sending), gone := asyncio.ensure_future(_leaves(receive))}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {gone}:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _leaves(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


threads = Threads()
"""Those of this process."""


class Django(ASGIHandler):
    """Django, each of whose requests is lent a thread, and answered in it from the first middleware to the last.

    Django by itself would go to and fro between loop and thread: for a signal, for each middleware, for the view.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        """All of it synchronous, like the views."""
        super().load_middleware(is_async=False)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """ASGI: one request. If its reader goes meanwhile, what was begun is done all the same."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        try:
            async with lane_of(scope).turn():
                response = await threads.do(self._answer, scope, body)
        except Full:
            body.close()
            await come_back(send)
            return
        if not response.streaming:
            await self.send_response(response, send)  # with no thread: its reader may take for ever
            return
        try:
            await _while_there(receive, self.send_response(response, send))
        finally:
            await threads.do(response.close)

    def _answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response = refusal if request is None else self._asked(request)
        assert response is not None, "Django makes a request, or a refusal"
        if not response.streaming:
            response.close()
        return response

    def _asked(self, request: HttpRequest) -> HttpResponseBase:
        if is_newsrooms_writing(request):
            notifications.ring(notifications.WRITING)
        with before_the_mailer(request.method in WRITES):
            return self.get_response(request)
