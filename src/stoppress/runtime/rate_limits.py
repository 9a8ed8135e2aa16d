"""Rate limits: how often a key (a client, an address, a token) may do something within a time window.

    SIGN_UPS = RateLimit("sign-ups by client", limit=10, seconds=3600)
    if not SIGN_UPS.allow(request_client_key(request), now): …

The counters are in the database, so a limit applies to all processes of an installation together. Only digests of keys
are stored. The scheduler deletes expired counters (service/scheduler/data_retention.py).

A clock may jump. A leap forward begins a new window, once. A clock that is set back comes to earlier windows again, so
each counter stores when its window ends by the machine's uptime: from then on it counts from the beginning. So a jump
allows at most `limit` events more, and a key is never refused for longer than one window of real time.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest

from stoppress.runtime.clock import read_boot_id, uptime_seconds
from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.networks import client_behind_proxy, client_key

META = RateLimitCount._meta  # noqa: SLF001  Django documents Model._meta
TABLE = META.db_table
IS_OVER = f"{TABLE}.boot_id = excluded.boot_id AND {TABLE}.ends_at_uptime <= %s"
INCREMENT_COUNTERS = f"""
INSERT INTO {TABLE} (counter_key, count, expires_at, boot_id, ends_at_uptime) VALUES {{rows}}
ON CONFLICT (counter_key) DO UPDATE SET
    count = CASE WHEN {IS_OVER} THEN 1 ELSE {TABLE}.count + 1 END,
    ends_at_uptime = CASE WHEN {IS_OVER} THEN excluded.ends_at_uptime ELSE {TABLE}.ends_at_uptime END
RETURNING counter_key, count
"""
Event = tuple["RateLimit", str]
"""A limit and the key that an event counts for."""


MAX_PROCESS_COUNTERS = 100_000
_process_counters: dict[tuple[str, str], tuple[int, int, float]] = {}
"""By name of the limit and key: window, count, and the window's end by uptime."""
_process_lock = threading.Lock()


@dataclass(frozen=True)
class RateLimit:
    """Allow `limit` events per key in each window of `seconds`. Windows are aligned to the clock."""

    name: str
    limit: int
    seconds: int

    def allow(self, key: str, now: datetime) -> bool:
        """Count one event of `key`; return False if it exceeds the limit."""
        return allow_all([(self, key)], now)

    def allow_in_process(self, key: str, now: datetime) -> bool:
        """Do the same with a counter of this process, for requests that must not write; each process allows `limit`."""
        with _process_lock:
            if len(_process_counters) > MAX_PROCESS_COUNTERS:
                _process_counters.clear()
            window, count, end = _process_counters.get((self.name, key), (0, 0, 0.0))
            if window != self._window(now) or end <= uptime_seconds():
                window, count, end = self._window(now), 0, self.end_by_uptime(now)
            _process_counters[self.name, key] = (window, count + 1, end)
        return count < self.limit

    def counter_key(self, key: str, now: datetime) -> str:
        """Return the primary key of the counter for `key` in the current window."""
        return blake2b(f"{self.name}\0{key}\0{self._window(now)}".encode(), digest_size=16).hexdigest()

    def window_end(self, now: datetime) -> datetime:
        """Return the end of the current window."""
        return datetime.fromtimestamp((self._window(now) + 1) * self.seconds, tz=UTC)

    def end_by_uptime(self, now: datetime) -> float:
        """Return the end of the current window in seconds since the machine's start."""
        return uptime_seconds() + (self.window_end(now) - now).total_seconds()

    def _window(self, now: datetime) -> int:
        return int(now.timestamp()) // self.seconds


def allow_all(events: Sequence[Event], now: datetime) -> bool:
    """Count one event for each limit and key, in one statement; return False if any limit is exceeded.

    Call it outside a transaction, so that the counts stay if the action that they limit is rolled back.
    """
    counts = count_events(events, now)
    return all(count <= limit.limit for count, (limit, _) in zip(counts, events, strict=True))


def count_events(events: Sequence[Event], now: datetime) -> list[int]:
    """Count one event for each limit and key, and return the counts in the current windows, in the same order."""
    limits = {limit.counter_key(key, now): limit for limit, key in events}
    to_database, boot_id = META.get_field("expires_at").get_db_prep_save, read_boot_id().decode("ascii", "replace")
    values: list[Any] = []
    for key in sorted(limits):  # the same order everywhere, so that two statements cannot deadlock
        limit = limits[key]
        values += (key, 1, to_database(limit.window_end(now), connection), boot_id, limit.end_by_uptime(now))
    values += [uptime_seconds()] * 2
    with connection.cursor() as cursor, _without_disk_sync(cursor), transaction.atomic():
        cursor.execute(INCREMENT_COUNTERS.format(rows=", ".join(["(%s, %s, %s, %s, %s)"] * len(limits))), values)
        counts = dict(cursor.fetchall())
    return [counts[limit.counter_key(key, now)] for limit, key in events]


def uncount_events(events: Sequence[Event], now: datetime) -> None:
    """Take back events that were counted at `now`: an attempt that did not fail counts for no limit of failures."""
    keys = sorted(limit.counter_key(key, now) for limit, key in events)
    RateLimitCount.objects.filter(counter_key__in=keys, count__gt=0).update(count=F("count") - 1)


@contextmanager
def _without_disk_sync(cursor: Any) -> Iterator[None]:
    """Commit without waiting for the disk on SQLite: a count lost in a power cut does no harm."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    cursor.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        cursor.execute("PRAGMA synchronous=FULL")


def request_client_key(request: HttpRequest) -> str:
    """Return the key of the client: the peer, or the address for which a trusted proxy forwards the request."""
    forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR", "")
    peer, proxies = request.META.get("REMOTE_ADDR", ""), settings.TRUSTED_PROXIES
    return client_key(client_behind_proxy(peer, forwarded_for, proxies, settings.TRUSTED_HOPS))
