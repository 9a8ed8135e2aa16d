"""Whether a domain takes mail, as the DNS tells (RFC 5321 5.1, RFC 7505).

Only a clear no counts: if no name server answers in time, a domain is taken for good. Asked in the request's own
thread, never on the event loop; at most eight questions are under way at once and none takes longer than its second and
a half, so that slow name servers of somebody's own making slow nobody down.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum

import dns.exception
import dns.resolver
from django.conf import settings

from stoppress.subscribers.resolver_address import resolver_address

PATIENCE = 1.5
"""Seconds for all questions about one domain."""
AT_ONCE = 8
REMEMBERED = 10_000
SULK = 30.0
"""Seconds in which nobody is asked after no name server answered."""


class Verdict(Enum):
    """What the DNS says of a domain; the value is for how many seconds that is remembered."""

    TAKES_MAIL = 3600
    TAKES_NONE = 600
    NOT_THERE = 601
    UNKNOWN = 60


class Registry:
    """The DNS with a memory, for all threads of a process. `clock` counts seconds."""

    def __init__(self, resolver: dns.resolver.Resolver, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver, self._clock = resolver, clock
        self._known: OrderedDict[str, tuple[Verdict, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._silent_until = float("-inf")

    def verdict(self, domain: str) -> Verdict:
        """What is known or can be learned of `domain` (its ASCII form) in time."""
        with self._lock:
            known, until = self._known.get(domain, (Verdict.UNKNOWN, float("-inf")))
            if self._clock() < until:
                return known
            if self._clock() < self._silent_until:
                return Verdict.UNKNOWN
        if not self._turns.acquire(blocking=False):
            return Verdict.UNKNOWN
        try:
            found = self._asked(domain)
        finally:
            self._turns.release()
        self._remember(domain, found)
        return found

    def _asked(self, domain: str) -> Verdict:
        try:
            return _judged(self._resolver, domain, self._clock() + PATIENCE, self._clock)
        except dns.resolver.NXDOMAIN:
            return Verdict.NOT_THERE
        except dns.resolver.LifetimeTimeout:
            with self._lock:
                self._silent_until = self._clock() + SULK
        except (dns.exception.DNSException, OSError):
            pass
        return Verdict.UNKNOWN

    def _remember(self, domain: str, found: Verdict) -> None:
        with self._lock:
            self._known[domain] = found, self._clock() + found.value
            self._known.move_to_end(domain)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def _judged(resolver: dns.resolver.Resolver, domain: str, until: float, clock: Callable[[], float]) -> Verdict:
    """Mail exchangers; without any, the domain's own address does as well."""
    try:
        hosts = resolver.resolve(f"{domain}.", "MX", lifetime=max(0.1, until - clock()))
        return Verdict.TAKES_MAIL if any(str(host.exchange) != "." for host in hosts) else Verdict.TAKES_NONE
    except dns.resolver.NoAnswer:
        pass
    for kind in ("A", "AAAA"):
        try:
            resolver.resolve(f"{domain}.", kind, lifetime=max(0.1, until - clock()))
            return Verdict.TAKES_MAIL
        except dns.resolver.NoAnswer:
            continue
    return Verdict.TAKES_NONE


def verdict(domain: str) -> Verdict:
    """What the DNS says of `domain` (its ASCII form); UNKNOWN where settings name no resolver to ask."""
    registry = _registry(settings.RESOLVER)
    return registry.verdict(domain) if registry else Verdict.UNKNOWN


_registries: dict[str, Registry | None] = {}


def _registry(name: str) -> Registry | None:
    if name not in _registries:
        resolver = _resolver(name)
        _registries[name] = Registry(resolver) if resolver else None
    return _registries[name]


def _resolver(name: str) -> dns.resolver.Resolver | None:
    if name == "off":
        return None
    if name:
        resolver = dns.resolver.Resolver(configure=False)
        host, resolver.port = resolver_address(name)
        resolver.nameservers = [host]
        return resolver
    try:
        return dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        return None
