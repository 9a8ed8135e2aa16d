"""When the follower looks, and how often what it found is swept for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache.log_positions import Heads
from stoppress.edge.cache.response_cache import Answer, Key, memory
from stoppress.edge.follower.cache_invalidation import SWEPT_FOR, Sweeper
from stoppress.edge.follower.log_follower import LEAST_PAUSE, LOOK_EVERY, pause

SLOW_LOOK = 0.2


def test_the_time_that_a_look_takes_does_not_put_off_the_next():
    assert pause(looked=10.0, now=10.0) == LOOK_EVERY
    assert abs(pause(looked=10.0, now=10.2) - (LOOK_EVERY - 0.2)) < 1e-9


def test_a_look_that_takes_for_ever_is_followed_by_another_but_not_without_a_pause():
    assert pause(looked=10.0, now=99.0) == LEAST_PAUSE


@given(takes=st.floats(0, SLOW_LOOK), committed=st.floats(0, 10))
def test_a_change_without_a_hint_is_swept_for_twice_within_a_second_of_its_commit(takes, committed):
    began = 0.0
    while began < committed:  # A look that began before the commit may have read just before it.
        began += takes + pause(began, began + takes)
    second = began + takes + pause(began, began + takes)
    assert second + takes - committed < 1.0


@pytest.mark.parametrize("after", [0.0, 0.01, 0.25, 1.9])
def test_what_was_being_made_while_a_change_was_swept_for_is_found_after_it(seconds, after):
    old, new = Cursor("e1", 1), Cursor("e1", 2)
    sweeper, key = Sweeper(seconds), Key(b"/live/storm", "")

    def sweeps(cursor: Cursor) -> bool:
        rest = sweeper.sweep(Heads({"storm": cursor}, 0.0))
        if rest:
            rest()
        return rest is not None

    assert sweeps(old)
    seconds.now += SWEPT_FOR
    assert sweeps(old) and not sweeps(old)
    try:
        assert sweeps(new) and sweeps(new)  # a hint, and another that tells nothing new
        seconds.now += after
        memory.keep(key, Answer("storm", old, 200, [], b"begun before the change, and finished after it"))
        assert sweeps(new) and len(memory) == 0
        seconds.now += SWEPT_FOR
        assert sweeps(new) and not sweeps(new)
    finally:
        memory.clear()


def test_a_sweep_that_fails_is_done_again(seconds, monkeypatch):
    sweeper = Sweeper(seconds)
    rest = sweeper.sweep(Heads({"storm": Cursor("e1", 1)}, 0.0))
    monkeypatch.setattr("stoppress.edge.follower.cache_invalidation.fragments", None)
    for _ in range(3):
        seconds.now += SWEPT_FOR
        with pytest.raises(AttributeError):
            rest()
        rest = sweeper.sweep(Heads({"storm": Cursor("e1", 1)}, 0.0))
        assert rest is not None
