"""Mail waits while somebody else is served: for moments, and never for most of the time."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from stoppress.delivery.sender.interactive_pause import LONGEST, SAVED, SHARE, Hold


def test_what_was_held_goes_on_when_the_hold_is_over():
    async def scene():
        hold, told = Hold(), []
        await hold.over()  # at once
        hold.begin()
        assert hold.on
        hold.later(lambda: told.append(hold.on))
        begun = asyncio.get_running_loop().time()
        await hold.over()
        assert asyncio.get_running_loop().time() - begun >= LONGEST * 0.9
        assert told == [False]
        assert not hold.on

    asyncio.run(scene())


def test_a_second_cause_makes_it_longer_and_nothing_goes_on_between_the_two():
    async def scene():
        hold = Hold()
        hold.begin()
        begun = asyncio.get_running_loop().time()
        await asyncio.sleep(LONGEST / 2)
        hold.begin()
        await hold.over()
        assert asyncio.get_running_loop().time() - begun >= LONGEST * 1.4

    asyncio.run(scene())


def test_what_waits_may_wait_again():
    async def scene():
        hold, told = Hold(), []

        def again():
            told.append(1)
            if len(told) == 1:
                hold.begin()
                hold.later(again)

        hold.begin()
        hold.later(again)
        await hold.over()
        await hold.over()
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
        hold, held, until = Hold(clock), 0.0, 0.0
        for pause in pauses:
            clock.now += pause
            hold.begin()
            new = max(until, hold.until)
            held += new - max(until, clock.now) if new > clock.now else 0.0
            until = new
        assert held <= SAVED + SHARE * (clock.now - 100.0) + 1e-6

    asyncio.run(scene())
