"""When the follower looks, and how often what it found is swept for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache.log_positions import LogPositions
from stoppress.edge.cache.response_cache import CachedResponse, CacheKey, response_cache
from stoppress.edge.follower.cache_invalidation import REPEAT_SECONDS, CacheInvalidator
from stoppress.edge.follower.log_follower import MIN_POLL_PAUSE_SECONDS, POLL_INTERVAL_SECONDS, seconds_until_poll

SLOW_LOOK = 0.2


def test_the_time_that_a_look_takes_does_not_put_off_the_next():
    assert seconds_until_poll(looked=10.0, now=10.0) == POLL_INTERVAL_SECONDS
    assert abs(seconds_until_poll(looked=10.0, now=10.2) - (POLL_INTERVAL_SECONDS - 0.2)) < 1e-9


def test_a_look_that_takes_for_ever_is_followed_by_another_but_not_without_a_pause():
    assert seconds_until_poll(looked=10.0, now=99.0) == MIN_POLL_PAUSE_SECONDS


@given(takes=st.floats(0, SLOW_LOOK), committed=st.floats(0, 10))
def test_a_change_without_a_hint_is_swept_for_twice_within_a_second_of_its_commit(takes, committed):
    began = 0.0
    while began < committed:  # A look that began before the commit may have read just before it.
        began += takes + seconds_until_poll(began, began + takes)
    second = began + takes + seconds_until_poll(began, began + takes)
    assert second + takes - committed < 1.0


@pytest.mark.parametrize("after", [0.0, 0.01, 0.25, 1.9])
def test_what_was_being_made_while_a_change_was_swept_for_is_found_after_it(seconds, after):
    old, new = Cursor("e1", 1), Cursor("e1", 2)
    sweeper, key = CacheInvalidator(seconds), CacheKey(b"/live/storm", "")

    def sweeps(cursor: Cursor) -> bool:
        rest = sweeper.sweep(LogPositions({"storm": cursor}, 0.0))
        if rest:
            rest()
        return rest is not None

    assert sweeps(old)
    seconds.now += REPEAT_SECONDS
    assert sweeps(old) and not sweeps(old)
    try:
        assert sweeps(new) and sweeps(new)  # a hint, and another that tells nothing new
        seconds.now += after
        response_cache.store(key, CachedResponse("storm", old, 200, [], b"begun before the change, and finished after it"))
        assert sweeps(new) and len(response_cache) == 0
        seconds.now += REPEAT_SECONDS
        assert sweeps(new) and not sweeps(new)
    finally:
        response_cache.clear()


def test_a_sweep_that_fails_is_done_again(seconds, monkeypatch):
    sweeper = CacheInvalidator(seconds)
    rest = sweeper.sweep(LogPositions({"storm": Cursor("e1", 1)}, 0.0))
    monkeypatch.setattr("stoppress.edge.follower.cache_invalidation.post_cache", None)
    for _ in range(3):
        seconds.now += REPEAT_SECONDS
        with pytest.raises(AttributeError):
            rest()
        rest = sweeper.sweep(LogPositions({"storm": Cursor("e1", 1)}, 0.0))
        assert rest is not None
