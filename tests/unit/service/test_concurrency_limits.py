"""Concurrency limits: requests of a class wait in order, and do not delay other classes."""

import asyncio

import pytest

from stoppress.service.processes.concurrency_limits import (
    COVERAGE,
    FILES,
    LOGIN,
    MONITORING,
    NEWSROOM,
    SIGNUP,
    ConcurrencyLimit,
    QueueFullError,
    limit_for,
    request_class,
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", COVERAGE),
        ("/live/storm/posts/1", COVERAGE),
        ("/embed/storm", COVERAGE),
        ("/nothing", COVERAGE),
        ("/desk/", NEWSROOM),
        ("/api/v1/blogs", NEWSROOM),
        ("/healthz", MONITORING),
        ("/metrics", MONITORING),
        ("/alerts", SIGNUP),
        ("/alerts/confirm/x", SIGNUP),
        ("/static/edge/live.js", FILES),
        ("/media/x-100.webp", FILES),
    ],
)
def test_request_class_follows_from_path_and_credentials(path, kind):
    assert request_class({"path": path, "headers": [(b"host", b"x"), (b"cookie", b"a=b; stoppress_desk=x")]}) == kind


@pytest.mark.parametrize("path", ["/desk/", "/api/v1/blogs", "/live/storm"])
def test_request_without_credentials_is_in_the_login_class(path):
    door = COVERAGE if path.startswith("/live") else LOGIN
    assert request_class({"path": path, "headers": [(b"cookie", b"other=stop")]}) == door
    assert request_class({"path": path, "headers": []}) == door
    given = NEWSROOM if door == LOGIN else COVERAGE
    assert request_class({"path": path, "headers": [(b"authorization", b"Bearer x")]}) == given


def test_limit_admits_requests_in_order_of_arrival():
    async def play() -> None:
        lane, order, inside = ConcurrencyLimit(2), [], []

        async def one(number: int) -> None:
            async with lane.slot():
                order.append(number)
                inside.append(number)
                assert len(inside) <= 2
                await asyncio.sleep(0.001 * (10 - number))
                inside.remove(number)

        await asyncio.gather(*map(one, range(10)))
        assert order == list(range(10))

    asyncio.run(play())


def test_limit_refuses_a_request_when_its_queue_is_full():
    async def play() -> None:
        lane, over = ConcurrencyLimit(1, max_queued=2), asyncio.Event()

        async def one() -> None:
            async with lane.slot():
                await over.wait()

        tasks = [asyncio.create_task(one()) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFullError):
            await one()
        tasks[1].cancel()
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(one()))
        await asyncio.sleep(0)
        over.set()
        assert [isinstance(end, BaseException) for end in await asyncio.gather(*tasks, return_exceptions=True)] == [
            False,
            True,
            False,
            False,
        ]

    asyncio.run(play())


def test_limits_are_separate_for_each_event_loop():
    async def mine() -> ConcurrencyLimit:
        scope = {"path": "/", "headers": []}
        async with limit_for(scope).slot():
            return limit_for(scope)

    assert asyncio.run(mine()) is not asyncio.run(mine())
