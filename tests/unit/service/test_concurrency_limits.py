"""So many requests of a kind at once, the others in turn, and none of another kind behind them."""

import asyncio

import pytest

from stoppress.service.processes.concurrency_limits import (
    COVERAGE,
    DOOR,
    FILES,
    MAIL,
    NEWSROOM,
    WATCH,
    Full,
    Lane,
    kind_of,
    lane_of,
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
        ("/healthz", WATCH),
        ("/metrics", WATCH),
        ("/alerts", MAIL),
        ("/alerts/confirm/x", MAIL),
        ("/static/edge/live.js", FILES),
        ("/media/x-100.webp", FILES),
    ],
)
def test_each_request_has_its_kind(path, kind):
    assert kind_of({"path": path, "headers": [(b"host", b"x"), (b"cookie", b"a=b; stoppress_desk=x")]}) == kind


@pytest.mark.parametrize("path", ["/desk/", "/api/v1/blogs", "/live/storm"])
def test_who_does_not_say_that_it_is_of_the_newsroom_waits_before_its_door(path):
    door = COVERAGE if path.startswith("/live") else DOOR
    assert kind_of({"path": path, "headers": [(b"cookie", b"other=stop")]}) == door
    assert kind_of({"path": path, "headers": []}) == door
    given = NEWSROOM if door == DOOR else COVERAGE
    assert kind_of({"path": path, "headers": [(b"authorization", b"Bearer x")]}) == given


def test_who_comes_first_goes_first_and_no_more_at_once_than_may():
    async def play() -> None:
        lane, order, inside = Lane(2), [], []

        async def one(number: int) -> None:
            async with lane.turn():
                order.append(number)
                inside.append(number)
                assert len(inside) <= 2
                await asyncio.sleep(0.001 * (10 - number))
                inside.remove(number)

        await asyncio.gather(*map(one, range(10)))
        assert order == list(range(10))

    asyncio.run(play())


def test_where_too_many_wait_the_next_is_told_and_who_gives_up_makes_room():
    async def play() -> None:
        lane, over = Lane(1, most_waiting=2), asyncio.Event()

        async def one() -> None:
            async with lane.turn():
                await over.wait()

        tasks = [asyncio.create_task(one()) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Full):
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


def test_every_loop_has_lanes_of_its_own():
    async def mine() -> Lane:
        scope = {"path": "/", "headers": []}
        async with lane_of(scope).turn():
            return lane_of(scope)

    assert asyncio.run(mine()) is not asyncio.run(mine())
