"""Rendered answers kept at hand: at most one render per address and change, however many readers ask (law 3).

    cache = PageCache(limit=256)
    page = cache.get((path, head), render)     whoever comes first renders, everybody else waits for that one

The end of the log is part of the key, so nothing kept here is ever out of date; what is no longer asked for falls out.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class PageCache(Generic[T]):
    """A bounded memory of the answers last asked for, safe to use from any thread."""

    def __init__(self, limit: int) -> None:
        """`limit` is a number of answers."""
        self._limit = limit
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer for `key`, made by `make` if nobody has it yet or is making it.

        If `make` raises, all who wait get its exception and nothing is kept.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                mine = self._kept[key] = Future()
                self._drop_oldest()
            else:
                self._kept.move_to_end(key)
        return found.result() if found is not None else self._fill(key, mine, make)

    def retain(self, wanted: Callable[[Any], bool]) -> None:
        """Forget what is kept under keys that are not `wanted`."""
        with self._lock:
            for key in [key for key in self._kept if not wanted(key)]:
                del self._kept[key]

    def made(self) -> list[T]:
        """All that is kept and ready; for tests that walk it."""
        with self._lock:
            return [found.result() for found in self._kept.values() if found.done() and not found.exception()]

    def _drop_oldest(self) -> None:
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def _fill(self, key: Hashable, mine: Future[T], make: Callable[[], T]) -> T:
        try:
            mine.set_result(make())
        except BaseException as error:
            self._forget(key, mine)
            mine.set_exception(error)
        return mine.result()

    def _forget(self, key: Hashable, mine: Future[T]) -> None:
        with self._lock:
            if self._kept.get(key) is mine:
                del self._kept[key]
