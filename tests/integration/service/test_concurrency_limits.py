"""Thousands of wrong links take neither all threads nor all connections from the newsroom."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from stoppress.coverage.models import LiveBlog
from stoppress.desk.views.streaming_response import stream_response
from stoppress.edge.http.security_headers import security_headers
from stoppress.service.processes.concurrency_limits import COVERAGE, FILES, MAX_CONCURRENT, ConcurrencyLimit
from stoppress.service.processes.request_threads import DjangoHandler, request_threads
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 150


@pytest.fixture
def crowd(serving: Serving) -> Iterator[list[RawConnection]]:
    wires = [RawConnection(serving.port) for _ in range(MANY)]
    yield wires
    for wire in wires:
        wire.__exit__(None, None, None)


def test_newsroom_is_answered_when_wrong_links_flood_the_server(
    blog: LiveBlog, serving: Serving, crowd: list[RawConnection]
) -> None:
    with RawConnection(serving.port) as desk:
        assert desk.fetch("/healthz").status == 200
        before, most = threading.active_count(), 0
        for wire in crowd:
            wire.send(wire.build_request(f"/live/{blog.slug}/posts/{uuid4()}"))
        assert desk.fetch("/desk/").status == 302
        for wire in crowd:
            most = max(most, threading.active_count() - before)
            assert wire.read_response().status == 404
    assert most <= MAX_CONCURRENT[COVERAGE] + 2


def test_request_gets_503_when_its_queue_is_full(
    blog: LiveBlog, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "stoppress.service.processes.request_threads.limit_for", lambda scope: ConcurrencyLimit(1, max_queued=0)
    )
    with RawConnection(serving.port) as wire:
        for path in (f"/live/{blog.slug}/posts/{uuid4()}", f"/live/{blog.slug}", "/desk/"):
            found = wire.fetch(path)
            assert (found.status, found.get("retry-after"), found.get("cache-control")) == (503, "2", "no-store")
            assert {name.decode() for name, _ in security_headers()} <= {name for name, _ in found.headers}


def receiving(gone: asyncio.Event | None = None) -> Any:
    """ASGI's `receive` of a request without a body, whose client disconnects when `gone` is set."""
    said: list[int] = []

    async def receive() -> dict[str, Any]:
        if said:
            await (gone or asyncio.Event()).wait()
            return {"type": "http.disconnect"}
        said.append(1)
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def test_streaming_response_stops_when_its_client_disconnects(monkeypatch) -> None:
    made: list[int] = []

    def pieces() -> Iterator[str]:
        for number in range(1000):
            made.append(number)
            time.sleep(0.005)
            yield "a line\n"

    def answer(self: DjangoHandler, request: Any) -> Any:
        response = stream_response(request, pieces())
        response._resource_closers.append(request.close)
        return response

    monkeypatch.setattr(DjangoHandler, "get_response", answer)

    async def play() -> None:
        gone, sent = asyncio.Event(), []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if len(sent) > 10:
                gone.set()

        scope = {"type": "http", "method": "GET", "path": "/desk/x", "query_string": b"", "headers": []}
        async with asyncio.timeout(10):
            await DjangoHandler()(scope, receiving(gone), send)

    asyncio.run(play())
    request_threads.shut_down()
    assert 10 <= len(made) < 50


def test_slow_client_holds_no_thread() -> None:
    """More than may be answered at once begin to take a file and stop; the next gets it all the same."""

    def scope() -> dict[str, Any]:
        headers = [(b"host", b"localhost")]
        path = "/static/coverage/icon.svg"
        return {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}

    async def play() -> None:
        app, statuses = DjangoHandler(), []

        async def stops(message: dict[str, Any]) -> None:
            statuses.append(message.get("status"))
            await asyncio.Future()

        slow = [asyncio.ensure_future(app(scope(), receiving(), stops)) for _ in range(MAX_CONCURRENT[FILES] + 1)]
        async with asyncio.timeout(20):
            while len(statuses) < len(slow):
                await asyncio.sleep(0.01)
        assert set(statuses) == {200} and len(request_threads) > 0
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    asyncio.run(play())
    request_threads.shut_down()
