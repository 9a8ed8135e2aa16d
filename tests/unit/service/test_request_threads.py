"""Request threads: one request each, reused with their connection."""

import asyncio
import threading

from stoppress.service.processes.request_threads import DjangoHandler, RequestThreads


async def until(true) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)


def test_released_thread_is_reused():
    async def play() -> None:
        threads, loop = RequestThreads(), asyncio.get_running_loop()
        first = threads.acquire()
        name = await loop.run_in_executor(first, threading.get_ident)
        threads.release_when_idle(first, loop)
        await until(lambda: len(threads) == 1)
        assert await loop.run_in_executor(threads.acquire(), threading.get_ident) == name
        first.shutdown()

    asyncio.run(play())


def test_busy_thread_is_not_reused():
    async def play() -> None:
        threads, loop, over = RequestThreads(), asyncio.get_running_loop(), threading.Event()
        busy = threads.acquire()
        busy.submit(over.wait)
        threads.release_when_idle(busy, loop)
        other = threads.acquire()
        assert other is not busy and len(threads) == 0
        over.set()
        await until(lambda: len(threads) == 1)
        for one in (busy, other):
            one.shutdown()

    asyncio.run(play())


def test_surplus_threads_are_shut_down():
    async def play() -> None:
        threads, loop = RequestThreads(max_idle=1), asyncio.get_running_loop()
        both = [threads.acquire(), threads.acquire()]
        for one in both:
            threads.release_when_idle(one, loop)
        await until(lambda: sum(one._shutdown for one in both) == 1)
        assert len(threads) == 1
        threads.shut_down()
        assert len(threads) == 0 and all(one._shutdown for one in both)

    asyncio.run(play())


def test_request_stays_in_one_thread_through_all_middleware():
    assert not asyncio.iscoroutinefunction(DjangoHandler()._middleware_chain)
