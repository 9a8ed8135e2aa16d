"""Brakes: how often something may be done, by whom, in how long.

    SIGN_UPS = Brake("sign-up by address", limit=10, seconds=3600)
    if not SIGN_UPS.allow(client_address(request), now): …

Counts stand in the database, so that all processes of an installation brake together. What is counted is kept as a
digest only; the clock sweeps away what is over (housekeeping.py).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest

from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.networks import client_behind_proxy, client_key

TABLE = RateLimitCount._meta.db_table
INCREMENT_COUNTERS = f"""
INSERT INTO {TABLE} (counter_key, count, expires_at) VALUES {{rows}}
ON CONFLICT (counter_key) DO UPDATE SET count = {TABLE}.count + 1
RETURNING counter_key, count
"""


@dataclass(frozen=True)
class RateLimit:
    """At most `limit` times per key in a window of `seconds`; windows are aligned to the clock."""

    name: str
    limit: int
    seconds: int

    def allow(self, key: str, now: datetime) -> bool:
        """Count one more; False if that is one too many."""
        return allow_all([(self, key)], now)

    def counter_key(self, key: str, now: datetime) -> str:
        """Where the count of this window stands."""
        window = int(now.timestamp()) // self.seconds
        return blake2b(f"{self.name}\0{key}\0{window}".encode(), digest_size=16).hexdigest()

    def window_end(self, now: datetime) -> datetime:
        """When this window is over."""
        return datetime.fromtimestamp((int(now.timestamp()) // self.seconds + 1) * self.seconds, tz=UTC)


def allow_all(asked: Sequence[tuple[RateLimit, str]], now: datetime) -> bool:
    """Count one more for each brake and key, in one statement; False if that is one too many for any of them.

    Call it outside of a transaction: the counts stay, whatever becomes of what they are about.
    """
    limits = {brake.counter_key(key, now): (brake.limit, brake.window_end(now)) for brake, key in asked}
    store = RateLimitCount._meta.get_field("expires_at").get_db_prep_save
    values: list[Any] = []
    for place in sorted(limits):  # in the same order everywhere, so that two of these never wait for each other
        values += (place, 1, store(limits[place][1], connection))
    with connection.cursor() as cursor, _not_synced(cursor), transaction.atomic():
        cursor.execute(INCREMENT_COUNTERS.format(rows=", ".join(["(%s, %s, %s)"] * len(limits))), values)
        counts = dict(cursor.fetchall())
    return all(counts[place] <= limit for place, (limit, _) in limits.items())


@contextmanager
def _not_synced(cursor: Any) -> Iterator[None]:
    """Spare the wait for the disk: a count that a power cut takes back does no harm, and no reader waits for it."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    cursor.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        cursor.execute("PRAGMA synchronous=FULL")


def request_client_key(request: HttpRequest) -> str:
    """Return the key of the client: the peer, or the address for which a trusted proxy asks."""
    forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR", "")
    trusted = settings.TRUSTED_PROXIES
    return client_key(client_behind_proxy(request.META.get("REMOTE_ADDR", ""), forwarded_for, trusted))
