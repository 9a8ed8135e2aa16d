"""The memory of rendered pages: one render per address and change, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from stoppress.edge.cache.page_cache import PageCache


def test_what_was_made_is_kept() -> None:
    cache: PageCache[str] = PageCache(limit=2)
    assert cache.get("a", lambda: "made") == "made"
    assert cache.get("a", lambda: "made again") == "made"


def test_many_threads_at_once_make_it_once() -> None:
    cache: PageCache[object] = PageCache(limit=8)
    started, made = Barrier(16), []

    def make() -> object:
        made.append(object())
        Event().wait(0.05)
        return made[-1]

    def ask(_: int) -> object:
        started.wait()
        return cache.get("page", make)

    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(ask, range(16)))
    assert len(made) == 1
    assert answers == set(made)


def test_different_pages_do_not_wait_for_each_other() -> None:
    cache: PageCache[str] = PageCache(limit=8)
    release = Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cache.get, "slow", lambda: str(release.wait(10)))
        assert cache.get("quick", lambda: "quick") == "quick"
        release.set()
        assert slow.result() == "True"


def test_what_is_not_asked_for_falls_out() -> None:
    cache: PageCache[int] = PageCache(limit=2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: 1)
    assert len(cache) == 2
    assert cache.get("a", lambda: 2) == 1
    assert cache.get("b", lambda: 2) == 2


def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    cache: PageCache[str] = PageCache(limit=2)
    asked, found, release = Event(), Event(), Event()

    class Key:
        """Equal to every other key; the comparison shows that a lookup has found the entry."""

        def __hash__(self) -> int:
            return 1

        def __eq__(self, other: object) -> bool:
            found.set()
            return True

    def fail() -> str:
        asked.set()
        release.wait(10)
        raise ValueError("broken")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, Key(), fail)
        assert asked.wait(10)
        second = pool.submit(cache.get, Key(), lambda: "never called")
        assert found.wait(10)
        release.set()
        for waiting in (first, second):
            with pytest.raises(ValueError, match="broken"):
                waiting.result()
    assert cache.get(Key(), lambda: "made") == "made"
