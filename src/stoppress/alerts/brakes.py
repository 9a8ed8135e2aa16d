"""Brakes: how often something may be done, by whom, in how long.

    SIGN_UPS = Brake("sign-up by address", limit=10, seconds=3600)
    if not SIGN_UPS.allow(client_address(request), now): …

Counts live in Django's cache and are lost with it, which does no harm. What is counted is kept as a digest only.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Brake:
    """At most `limit` times per key in a window of `seconds`; windows are aligned to the clock."""

    name: str
    limit: int
    seconds: int

    def allow(self, key: str, now: datetime) -> bool:
        """Count one more; False if that is one too many."""
        window = int(now.timestamp()) // self.seconds
        digest = blake2b(f"{self.name}\0{key}\0{window}".encode(), digest_size=16).hexdigest()
        place = f"brake.{digest}"
        cache.add(place, 0, timeout=self.seconds + 60)
        try:
            return cache.incr(place) <= self.limit
        except ValueError:  # It was thrown out of the cache in between.
            return True


def client_address(request: HttpRequest) -> str:
    """Who asks: the peer, or whom a trusted proxy says it asks for. An IPv6 address counts as its /64 network."""
    peer = request.META.get("REMOTE_ADDR", "").removeprefix("::ffff:")
    if peer in getattr(settings, "TRUSTED_PROXIES", ()):
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        return _network(told or peer)
    return _network(peer)


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped  # a socket that takes both kinds tells IPv4 so
    if known.version == 6:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
