"""Cached 404s: until the next poll or notification, and never in place of another response."""

from collections.abc import Iterator

import pytest

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.response_cache import CachedResponse, CacheKey, NotFoundCache, ResponseCache
from tests.support.clocks import Seconds

UNKNOWN = CacheKey(b"/live/nope", "")


@pytest.fixture
def cache(seconds: Seconds) -> ResponseCache:
    return ResponseCache(clock=seconds)


@pytest.fixture(autouse=True)
def no_positions() -> Iterator[None]:
    yield
    log_positions.store(log_positions.LogPositions({}, float("-inf")), log_positions.invalidation_count())


def poll(seconds: Seconds) -> log_positions.LogPositions:
    """Store the same positions again, as a poll without changes does."""
    positions = log_positions.LogPositions({"storm-maren": Cursor("abc", 3)}, seconds.now)
    log_positions.store(positions, log_positions.invalidation_count())
    return positions


def not_found() -> CachedResponse:
    return CachedResponse("nope", Cursor("", 0), 404, [], b"Not found")


def test_not_found_is_kept_until_the_next_poll(cache, seconds):
    cache.store_not_found(UNKNOWN, not_found(), poll(seconds))
    assert cache.find(UNKNOWN).status == 404
    poll(seconds)
    assert cache.find(UNKNOWN) is None


def test_not_found_is_kept_until_the_next_notification(cache, seconds):
    cache.store_not_found(UNKNOWN, not_found(), poll(seconds))
    log_positions.invalidate()
    assert cache.find(UNKNOWN) is None


def test_not_found_is_kept_for_a_second_when_the_follower_stops(cache, seconds):
    cache.store_not_found(UNKNOWN, not_found(), poll(seconds))
    seconds.now += log_positions.MAX_AGE_SECONDS - 0.01
    assert cache.find(UNKNOWN) is not None
    seconds.now += 0.02
    assert cache.find(UNKNOWN) is None


def test_not_found_is_not_stored_when_requested_before_the_last_poll(cache, seconds):
    before = poll(seconds)
    poll(seconds)
    cache.store_not_found(UNKNOWN, not_found(), before)
    assert cache.find(UNKNOWN) is None


def test_not_found_responses_displace_only_each_other_least_used_first(cache, seconds):
    positions = poll(seconds)
    known_key = CacheKey(b"/live/storm-maren", "")
    cache.store(known_key, CachedResponse("storm-maren", Cursor("abc", 3), 200, [], b"page"))
    cache.store_not_found(UNKNOWN, not_found(), positions)
    for number in range(1000):
        cache.store_not_found(CacheKey(b"/live/nope-%d" % number, ""), not_found(), positions)
        assert cache.find(UNKNOWN) is not None
    assert cache.find(known_key).status == 200 and len(cache) == 1
    assert cache.find(CacheKey(b"/live/nope-0", "")) is None


def test_not_found_cache_is_emptied_by_the_next_poll(seconds):
    not_found_cache = NotFoundCache(limit=3)
    for _ in range(2):
        positions = poll(seconds)
        for number in range(5):
            not_found_cache.store(CacheKey(b"/live/nope-%d" % number, ""), not_found(), positions)
        assert len(not_found_cache) == 3
    not_found_cache.store(UNKNOWN, not_found(), poll(seconds))
    assert len(not_found_cache) == 1
