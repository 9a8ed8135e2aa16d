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

from stoppress.subscribers.resolver_address import parse_resolver_address

LOOKUP_TIMEOUT_SECONDS = 1.5
"""Seconds for all questions about one domain."""
MAX_CONCURRENT_LOOKUPS = 8
MAX_CACHED_DOMAINS = 10_000
PAUSE_AFTER_TIMEOUT_SECONDS = 30.0
"""Seconds in which nobody is asked after no name server answered."""


class MailDomainStatus(Enum):
    """What the DNS says of a domain; the value is for how many seconds that is remembered."""

    ACCEPTS_MAIL = 3600
    REJECTS_MAIL = 600
    NOT_FOUND = 601
    UNKNOWN = 60


class MailDomainChecker:
    """The DNS with a memory, for all threads of a process. `clock` counts seconds."""

    def __init__(self, resolver: dns.resolver.Resolver, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver, self._clock = resolver, clock
        self._known: OrderedDict[str, tuple[MailDomainStatus, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(MAX_CONCURRENT_LOOKUPS)
        self._silent_until = float("-inf")

    def check(self, domain: str) -> MailDomainStatus:
        """What is known or can be learned of `domain` (its ASCII form) in time."""
        with self._lock:
            known, until = self._known.get(domain, (MailDomainStatus.UNKNOWN, float("-inf")))
            if self._clock() < until:
                return known
            if self._clock() < self._silent_until:
                return MailDomainStatus.UNKNOWN
        if not self._turns.acquire(blocking=False):
            return MailDomainStatus.UNKNOWN
        try:
            found = self._asked(domain)
        finally:
            self._turns.release()
        self._remember(domain, found)
        return found

    def _asked(self, domain: str) -> MailDomainStatus:
        try:
            return _query_mail_domain(self._resolver, domain, self._clock() + LOOKUP_TIMEOUT_SECONDS, self._clock)
        except dns.resolver.NXDOMAIN:
            return MailDomainStatus.NOT_FOUND
        except dns.resolver.LifetimeTimeout:
            with self._lock:
                self._silent_until = self._clock() + PAUSE_AFTER_TIMEOUT_SECONDS
        except (dns.exception.DNSException, OSError):
            pass
        return MailDomainStatus.UNKNOWN

    def _remember(self, domain: str, found: MailDomainStatus) -> None:
        with self._lock:
            self._known[domain] = found, self._clock() + found.value
            self._known.move_to_end(domain)
            while len(self._known) > MAX_CACHED_DOMAINS:
                self._known.popitem(last=False)


def _query_mail_domain(resolver: dns.resolver.Resolver, domain: str, until: float, clock: Callable[[], float]) -> MailDomainStatus:
    """Mail exchangers; without any, the domain's own address does as well."""
    try:
        hosts = resolver.resolve(f"{domain}.", "MX", lifetime=max(0.1, until - clock()))
        return MailDomainStatus.ACCEPTS_MAIL if any(str(host.exchange) != "." for host in hosts) else MailDomainStatus.REJECTS_MAIL
    except dns.resolver.NoAnswer:
        pass
    for kind in ("A", "AAAA"):
        try:
            resolver.resolve(f"{domain}.", kind, lifetime=max(0.1, until - clock()))
            return MailDomainStatus.ACCEPTS_MAIL
        except dns.resolver.NoAnswer:
            continue
    return MailDomainStatus.REJECTS_MAIL


def check_mail_domain(domain: str) -> MailDomainStatus:
    """What the DNS says of `domain` (its ASCII form); UNKNOWN where settings name no resolver to ask."""
    registry = _checker_for(settings.RESOLVER)
    return registry.check(domain) if registry else MailDomainStatus.UNKNOWN


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
