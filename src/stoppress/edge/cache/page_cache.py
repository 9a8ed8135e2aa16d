"""A cache of rendered pages: each address is rendered at most once per change, for any number of clients (law 3).

    cache = PageCache(limit=256)
    page = cache.get((path, position), render)     the first caller renders; the others wait for its result

The position of the log is part of the key, so no entry is ever outdated. The entries used longest ago are removed.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class PageCache(Generic[T]):
    """A cache bounded by its number of entries. Thread-safe."""

    def __init__(self, limit: int) -> None:
        """Create an empty cache for at most `limit` entries."""
        self._limit = limit
        self._lock = Lock()
        self._entries: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value for `key`; call `make` if no thread has made it or is making it.

        If `make` raises, all waiting callers get its exception and nothing is stored.
        """
        with self._lock:
            existing = self._entries.get(key)
            if existing is None:
                created = self._entries[key] = Future()
                self._remove_oldest()
            else:
                self._entries.move_to_end(key)
        return existing.result() if existing is not None else self._fill(key, created, make)

    def retain(self, is_wanted: Callable[[Any], bool]) -> None:
        """Remove the entries whose key is not wanted."""
        with self._lock:
            for key in [key for key in self._entries if not is_wanted(key)]:
                del self._entries[key]

    def _remove_oldest(self) -> None:
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)

    def _fill(self, key: Hashable, created: Future[T], make: Callable[[], T]) -> T:
        try:
            created.set_result(make())
        except BaseException as error:  # noqa: BLE001  (every waiting caller must get it)
            self._remove(key, created)
            created.set_exception(error)
        return created.result()

    def _remove(self, key: Hashable, created: Future[T]) -> None:
        with self._lock:
            if self._entries.get(key) is created:
                del self._entries[key]
