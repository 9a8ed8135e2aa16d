"""Check in the DNS whether a domain accepts mail (RFC 5321 §5.1, RFC 7505).

Only a definite answer counts: if no name server answers in time, the domain is treated as good. Lookups run in the
request's own thread, never on the event loop. At most eight run at once and each ends after 1.5 seconds, so that a
domain with deliberately slow name servers does not delay other readers.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum

import dns.exception
import dns.resolver
from django.conf import settings

from stoppress.subscribers.resolver_address import parse_resolver_address

LOOKUP_TIMEOUT_SECONDS = 1.5
"""Limit for all queries about one domain."""
MAX_CONCURRENT_LOOKUPS = 8
MAX_CACHED_DOMAINS = 10_000
PAUSE_AFTER_TIMEOUT_SECONDS = 30.0
"""Pause without any lookup after no name server answered."""


class MailDomainStatus(Enum):
    """Result of a check. The value is for how many seconds it is cached; no two may be equal."""

    ACCEPTS_MAIL = 3600
    REJECTS_MAIL = 600
    NOT_FOUND = 601
    UNKNOWN = 60


class MailDomainChecker:
    """A cache of DNS answers for all threads of a process.

    Args:
        resolver: performs the queries.
        clock: returns seconds from a monotonic clock.
    """

    def __init__(self, resolver: dns.resolver.Resolver, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver, self._clock = resolver, clock
        self._cache: OrderedDict[str, tuple[MailDomainStatus, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._lookup_slots = threading.BoundedSemaphore(MAX_CONCURRENT_LOOKUPS)
        self._paused_until = float("-inf")

    def check(self, domain: str) -> MailDomainStatus:
        """Return the status of `domain` (its ASCII form); UNKNOWN if no definite answer arrives in time."""
        with self._lock:
            cached, expires = self._cache.get(domain, (MailDomainStatus.UNKNOWN, float("-inf")))
            if self._clock() < expires:
                return cached
            if self._clock() < self._paused_until:
                return MailDomainStatus.UNKNOWN
        if not self._lookup_slots.acquire(blocking=False):
            return MailDomainStatus.UNKNOWN
        try:
            status = self._look_up(domain)
        finally:
            self._lookup_slots.release()
        self._store(domain, status)
        return status

    def _look_up(self, domain: str) -> MailDomainStatus:
        try:
            return _query_mail_domain(self._resolver, domain, self._clock() + LOOKUP_TIMEOUT_SECONDS, self._clock)
        except dns.resolver.NXDOMAIN:
            return MailDomainStatus.NOT_FOUND
        except dns.resolver.LifetimeTimeout:
            with self._lock:
                self._paused_until = self._clock() + PAUSE_AFTER_TIMEOUT_SECONDS
        except (dns.exception.DNSException, OSError):
            pass
        return MailDomainStatus.UNKNOWN

    def _store(self, domain: str, status: MailDomainStatus) -> None:
        with self._lock:
            self._cache[domain] = status, self._clock() + status.value
            self._cache.move_to_end(domain)
            while len(self._cache) > MAX_CACHED_DOMAINS:
                self._cache.popitem(last=False)


def _query_mail_domain(
    resolver: dns.resolver.Resolver, domain: str, deadline: float, clock: Callable[[], float]
) -> MailDomainStatus:
    """Query the mail exchangers; without any, the domain's own address records are enough (RFC 5321 §5.1)."""
    try:
        hosts = resolver.resolve(f"{domain}.", "MX", lifetime=max(0.1, deadline - clock()))
        accepts = any(str(host.exchange) != "." for host in hosts)
        return MailDomainStatus.ACCEPTS_MAIL if accepts else MailDomainStatus.REJECTS_MAIL
    except dns.resolver.NoAnswer:
        pass
    for record_type in ("A", "AAAA"):
        try:
            resolver.resolve(f"{domain}.", record_type, lifetime=max(0.1, deadline - clock()))
            return MailDomainStatus.ACCEPTS_MAIL
        except dns.resolver.NoAnswer:
            continue
    return MailDomainStatus.REJECTS_MAIL


def check_mail_domain(domain: str) -> MailDomainStatus:
    """Return the status of `domain` (its ASCII form); UNKNOWN if the settings name no resolver."""
    checker = _checker_for(settings.RESOLVER)
    return checker.check(domain) if checker else MailDomainStatus.UNKNOWN


_checkers: dict[str, MailDomainChecker | None] = {}


def _checker_for(name: str) -> MailDomainChecker | None:
    if name not in _checkers:
        resolver = _make_resolver(name)
        _checkers[name] = MailDomainChecker(resolver) if resolver else None
    return _checkers[name]


def _make_resolver(name: str) -> dns.resolver.Resolver | None:
    if name == "off":
        return None
    if name:
        resolver = dns.resolver.Resolver(configure=False)
        host, resolver.port = parse_resolver_address(name)
        resolver.nameservers = [host]
        return resolver
    try:
        return dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        return None
