"""When the follower polls, and how often the caches are compared with what it finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache.log_positions import LogPositions
from stoppress.edge.cache.response_cache import CachedResponse, CacheKey, response_cache
from stoppress.edge.follower.cache_invalidation import REPEAT_SECONDS, CacheInvalidator
from stoppress.edge.follower.log_follower import MIN_POLL_PAUSE_SECONDS, POLL_INTERVAL_SECONDS, seconds_until_poll

SLOW_POLL_SECONDS = 0.2
SLUG = "follower-rules"  # of no other test: the caches of the process would hold its posts


def test_next_poll_is_not_delayed_by_the_duration_of_the_last():
    assert seconds_until_poll(polled_at=10.0, now=10.0) == POLL_INTERVAL_SECONDS
    assert abs(seconds_until_poll(polled_at=10.0, now=10.2) - (POLL_INTERVAL_SECONDS - 0.2)) < 1e-9


def test_next_poll_waits_for_a_short_pause_when_the_last_took_too_long():
    assert seconds_until_poll(polled_at=10.0, now=99.0) == MIN_POLL_PAUSE_SECONDS


@given(takes=st.floats(0, SLOW_POLL_SECONDS), committed=st.floats(0, 10))
def test_two_polls_follow_a_commit_within_a_second_when_its_notification_is_lost(takes, committed):
    began = 0.0
    while began < committed:  # a poll that began before the commit may have read just before it
        began += takes + seconds_until_poll(began, began + takes)
    second = began + takes + seconds_until_poll(began, began + takes)
    assert second + takes - committed < 1.0


@pytest.mark.parametrize("after", [0.0, 0.01, 0.25, 1.9])
def test_response_is_removed_when_it_was_rendered_from_older_data_during_the_first_pass(seconds, after):
    old, new = Cursor("e1", 1), Cursor("e1", 2)
    invalidator, key = CacheInvalidator(seconds), CacheKey(f"/live/{SLUG}".encode(), "")

    def has_work(cursor: Cursor) -> bool:
        rest = invalidator.invalidate(LogPositions({SLUG: cursor}, 0.0))
        if rest:
            rest()
        return rest is not None

    assert has_work(old)
    seconds.now += REPEAT_SECONDS
    assert has_work(old) and not has_work(old)
    try:
        assert has_work(new) and has_work(new)  # a notification, and another one without a new change
        seconds.now += after
        response_cache.store(key, CachedResponse(SLUG, old, 200, [], b"begun before the change, finished after it"))
        assert has_work(new) and len(response_cache) == 0
        seconds.now += REPEAT_SECONDS
        assert has_work(new) and not has_work(new)
    finally:
        response_cache.clear()


def test_invalidation_is_repeated_when_it_fails(seconds, monkeypatch):
    invalidator = CacheInvalidator(seconds)
    rest = invalidator.invalidate(LogPositions({SLUG: Cursor("e1", 1)}, 0.0))
    monkeypatch.setattr("stoppress.edge.follower.cache_invalidation.post_cache", None)
    for _ in range(3):
        seconds.now += REPEAT_SECONDS
        with pytest.raises(AttributeError):
            rest()
        rest = invalidator.invalidate(LogPositions({SLUG: Cursor("e1", 1)}, 0.0))
        assert rest is not None
