"""404s at hand: until the next look at the logs or the next hint, and never in place of a good answer."""

from collections.abc import Iterator

import pytest

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.response_cache import CachedResponse, CacheKey, ResponseCache, NotFoundCache
from tests.support.clocks import Seconds

NOPE = CacheKey(b"/live/nope", "")


@pytest.fixture
def memory(seconds: Seconds) -> ResponseCache:
    return ResponseCache(clock=seconds)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    yield
    log_positions.store(log_positions.LogPositions({}, float("-inf")), log_positions.invalidation_count())


def look(seconds: Seconds) -> log_positions.LogPositions:
    """The follower looks, and finds the same as ever."""
    found = log_positions.LogPositions({"storm-maren": Cursor("abc", 3)}, seconds.now)
    log_positions.store(found, log_positions.invalidation_count())
    return found


def not_found() -> CachedResponse:
    return CachedResponse("nope", Cursor("", 0), 404, [], b"Nothing here")


def test_a_404_is_kept_until_the_next_look(memory, seconds):
    memory.store_not_found(NOPE, not_found(), look(seconds))
    assert memory.find(NOPE).status == 404
    look(seconds)
    assert memory.find(NOPE) is None


def test_a_404_is_kept_until_the_next_hint(memory, seconds):
    memory.store_not_found(NOPE, not_found(), look(seconds))
    log_positions.invalidate()
    assert memory.find(NOPE) is None


def test_a_404_is_kept_for_a_second_should_the_follower_stand_still(memory, seconds):
    memory.store_not_found(NOPE, not_found(), look(seconds))
    seconds.now += log_positions.MAX_AGE_SECONDS - 0.01
    assert memory.find(NOPE) is not None
    seconds.now += 0.02
    assert memory.find(NOPE) is None


def test_a_404_that_was_asked_for_before_the_last_look_is_not_kept(memory, seconds):
    before = look(seconds)
    look(seconds)
    memory.store_not_found(NOPE, not_found(), before)
    assert memory.find(NOPE) is None


def test_wrong_addresses_displace_only_each_other_and_last_the_one_many_ask_for(memory, seconds):
    known = look(seconds)
    good = CacheKey(b"/live/storm-maren", "")
    memory.store(good, CachedResponse("storm-maren", Cursor("abc", 3), 200, [], b"page"))
    memory.store_not_found(NOPE, not_found(), known)
    for number in range(1000):
        memory.store_not_found(CacheKey(b"/live/nope-%d" % number, ""), not_found(), known)
        assert memory.find(NOPE) is not None
    assert memory.find(good).status == 200 and len(memory) == 1
    assert memory.find(CacheKey(b"/live/nope-0", "")) is None


def test_what_was_before_a_look_takes_no_place_after_it(seconds):
    missing = NotFoundCache(limit=3)
    for _ in range(2):
        known = look(seconds)
        for number in range(5):
            missing.store(CacheKey(b"/live/nope-%d" % number, ""), not_found(), known)
        assert len(missing) == 3
    missing.store(NOPE, not_found(), look(seconds))
    assert len(missing) == 1
