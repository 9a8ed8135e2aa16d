"""Brakes: how often something may be done, by whom, in how long.

    SIGN_UPS = Brake("sign-up by address", limit=10, seconds=3600)
    if not SIGN_UPS.allow(client_address(request), now): …

Counts stand in the database, so that all processes of an installation brake together. What is counted is kept as a
digest only; the clock sweeps away what is over (housekeeping.py).
"""

import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest

from stoppress.alerts.models import BrakeCount
from stoppress.alerts.networks import is_in_networks

TABLE = BrakeCount._meta.db_table
ONE_MORE = f"""
INSERT INTO {TABLE} (place, count, until) VALUES {{rows}}
ON CONFLICT (place) DO UPDATE SET count = {TABLE}.count + 1
RETURNING place, count
"""


@dataclass(frozen=True)
class Brake:
    """At most `limit` times per key in a window of `seconds`; windows are aligned to the clock."""

    name: str
    limit: int
    seconds: int

    def allow(self, key: str, now: datetime) -> bool:
        """Count one more; False if that is one too many."""
        return allow_all([(self, key)], now)

    def place(self, key: str, now: datetime) -> str:
        """Where the count of this window stands."""
        window = int(now.timestamp()) // self.seconds
        return blake2b(f"{self.name}\0{key}\0{window}".encode(), digest_size=16).hexdigest()

    def until(self, now: datetime) -> datetime:
        """When this window is over."""
        return datetime.fromtimestamp((int(now.timestamp()) // self.seconds + 1) * self.seconds, tz=UTC)


def allow_all(asked: Sequence[tuple[Brake, str]], now: datetime) -> bool:
    """Count one more for each brake and key, in one statement; False if that is one too many for any of them.

    Call it outside of a transaction: the counts stay, whatever becomes of what they are about.
    """
    limits = {brake.place(key, now): (brake.limit, brake.until(now)) for brake, key in asked}
    store = BrakeCount._meta.get_field("until").get_db_prep_save
    values: list[Any] = []
    for place in sorted(limits):  # in the same order everywhere, so that two of these never wait for each other
        values += (place, 1, store(limits[place][1], connection))
    with connection.cursor() as cursor, _not_synced(cursor), transaction.atomic():
        cursor.execute(ONE_MORE.format(rows=", ".join(["(%s, %s, %s)"] * len(limits))), values)
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


def client_address(request: HttpRequest) -> str:
    """Who asks: the peer, or whom a trusted proxy says it asks for. An IPv6 address counts as its /64 network."""
    peer = request.META.get("REMOTE_ADDR", "").removeprefix("::ffff:")
    if is_in_networks(peer, settings.TRUSTED_PROXIES):
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        return client_of(told or peer)
    return client_of(peer)


def client_of(address: str) -> str:
    """What counts as one client: an IPv4 address, an IPv6 /64; `unknown` for what is neither."""
    known = _known(address)
    if known is None:
        return "unknown"
    return _network(known, 64) if known.version == 6 else str(known)


def network_of(client: str) -> str:
    """The network around a client: an IPv4 /24, an IPv6 /48."""
    known = _known(client.partition("/")[0])
    if known is None:
        return "unknown"
    return _network(known, 48 if known.version == 6 else 24)


def _known(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        return known.ipv4_mapped  # a socket that takes both kinds tells IPv4 so
    return known


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network((address, bits), strict=False))
