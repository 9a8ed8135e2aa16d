"""Mail waits while somebody else is served: for moments, and never for most of the time."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from stoppress.delivery.sender.interactive_pause import MAX_PAUSE_SECONDS, MAX_SAVED_SECONDS, MAX_PAUSED_SHARE, InteractivePause


def test_what_was_held_goes_on_when_the_hold_is_over():
    async def scene():
        pause, told = InteractivePause(), []
        await pause.wait_until_over()  # at once
        pause.start()
        assert pause.is_active
        pause.call_when_over(lambda: told.append(pause.is_active))
        begun = asyncio.get_running_loop().time()
        await pause.wait_until_over()
        assert asyncio.get_running_loop().time() - begun >= MAX_PAUSE_SECONDS * 0.9
        assert told == [False]
        assert not pause.is_active

    asyncio.run(scene())


def test_a_second_cause_makes_it_longer_and_nothing_goes_on_between_the_two():
    async def scene():
        pause = InteractivePause()
        pause.start()
        begun = asyncio.get_running_loop().time()
        await asyncio.sleep(MAX_PAUSE_SECONDS / 2)
        pause.start()
        await pause.wait_until_over()
        assert asyncio.get_running_loop().time() - begun >= MAX_PAUSE_SECONDS * 1.4

    asyncio.run(scene())


def test_what_waits_may_wait_again():
    async def scene():
        pause, told = InteractivePause(), []

        def again():
            told.append(1)
            if len(told) == 1:
                pause.start()
                pause.call_when_over(again)

        pause.start()
        pause.call_when_over(again)
        await pause.wait_until_over()
        await pause.wait_until_over()
        assert told == [1, 1]

    asyncio.run(scene())


class ManualClock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@given(st.lists(st.floats(0, 0.3), max_size=80))
def test_however_often_somebody_comes_mail_has_its_share(pauses):
    clock = ManualClock()

    async def scene():
        pause, held, until = InteractivePause(clock), 0.0, 0.0
        for pause in pauses:
            clock.now += pause
            pause.start()
            new = max(until, pause.ends_at)
            held += new - max(until, clock.now) if new > clock.now else 0.0
            until = new
        assert held <= MAX_SAVED_SECONDS + MAX_PAUSED_SHARE * (clock.now - 100.0) + 1e-6

    asyncio.run(scene())
