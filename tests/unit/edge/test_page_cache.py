"""The page cache: one render per address and change, however many threads request it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from stoppress.edge.cache.page_cache import PageCache


def test_page_cache_returns_the_stored_value() -> None:
    cache: PageCache[str] = PageCache(limit=2)
    assert cache.get("a", lambda: "made") == "made"
    assert cache.get("a", lambda: "made again") == "made"


def test_page_cache_renders_once_when_many_threads_request_it() -> None:
    cache: PageCache[object] = PageCache(limit=8)
    started, made = Barrier(16), []

    def make() -> object:
        made.append(object())
        Event().wait(0.05)
        return made[-1]

    def request(_: int) -> object:
        started.wait()
        return cache.get("page", make)

    with ThreadPoolExecutor(16) as pool:
        pages = set(pool.map(request, range(16)))
    assert len(made) == 1
    assert pages == set(made)


def test_page_cache_renders_different_pages_in_parallel() -> None:
    cache: PageCache[str] = PageCache(limit=8)
    release = Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cache.get, "slow", lambda: str(release.wait(10)))
        assert cache.get("quick", lambda: "quick") == "quick"
        release.set()
        assert slow.result() == "True"


def test_page_cache_removes_the_least_recently_used_value() -> None:
    cache: PageCache[int] = PageCache(limit=2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: 1)
    assert len(cache) == 2
    assert cache.get("a", lambda: 2) == 1
    assert cache.get("b", lambda: 2) == 2


def test_page_cache_raises_a_failure_for_all_waiting_threads_and_stores_nothing() -> None:
    cache: PageCache[str] = PageCache(limit=2)
    started, compared, release = Event(), Event(), Event()

    class Key:
        """Equal to every other key; the comparison shows that a lookup has found the entry."""

        def __hash__(self) -> int:
            return 1

        def __eq__(self, other: object) -> bool:
            compared.set()
            return True

    def fail() -> str:
        started.set()
        release.wait(10)
        raise ValueError("broken")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, Key(), fail)
        assert started.wait(10)
        second = pool.submit(cache.get, Key(), lambda: "never called")
        assert compared.wait(10)
        release.set()
        for waiting in (first, second):
            with pytest.raises(ValueError, match="broken"):
                waiting.result()
    assert cache.get(Key(), lambda: "made") == "made"
