"""Mail pauses for moments while the desk or the API writes, and for at most half of the time."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from stoppress.delivery.sender.interactive_pause import (
    MAX_PAUSE_SECONDS,
    MAX_PAUSED_SHARE,
    MAX_SAVED_SECONDS,
    InteractivePause,
)


def test_callbacks_run_when_the_pause_is_over():
    async def run_pause():
        pause, calls = InteractivePause(), []
        await pause.wait_until_over()  # at once
        pause.start()
        assert pause.is_active
        pause.call_when_over(lambda: calls.append(pause.is_active))
        started = asyncio.get_running_loop().time()
        await pause.wait_until_over()
        assert asyncio.get_running_loop().time() - started >= MAX_PAUSE_SECONDS * 0.9
        assert calls == [False]
        assert not pause.is_active

    asyncio.run(run_pause())


def test_pause_is_extended_when_it_is_started_again():
    async def run_pause():
        pause = InteractivePause()
        pause.start()
        started = asyncio.get_running_loop().time()
        await asyncio.sleep(MAX_PAUSE_SECONDS / 2)
        pause.start()
        await pause.wait_until_over()
        assert asyncio.get_running_loop().time() - started >= MAX_PAUSE_SECONDS * 1.4

    asyncio.run(run_pause())


def test_callback_may_wait_for_a_further_pause():
    async def run_pause():
        pause, calls = InteractivePause(), []

        def again():
            calls.append(1)
            if len(calls) == 1:
                pause.start()
                pause.call_when_over(again)

        pause.start()
        pause.call_when_over(again)
        await pause.wait_until_over()
        await pause.wait_until_over()
        assert calls == [1, 1]

    asyncio.run(run_pause())


class ManualClock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@given(st.lists(st.floats(0, 0.3), max_size=80))
def test_paused_share_is_limited_however_often_pauses_start(intervals):
    clock = ManualClock()

    async def run_pause():
        pause, paused_seconds, ends_at = InteractivePause(clock), 0.0, 0.0
        for interval in intervals:
            clock.now += interval
            pause.start()
            new_end = max(ends_at, pause.ends_at)
            paused_seconds += new_end - max(ends_at, clock.now) if new_end > clock.now else 0.0
            ends_at = new_end
        assert paused_seconds <= MAX_SAVED_SECONDS + MAX_PAUSED_SHARE * (clock.now - 100.0) + 1e-6

    asyncio.run(run_pause())
