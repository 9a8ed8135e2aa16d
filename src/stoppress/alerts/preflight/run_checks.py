"""All of the preflight together. Still checks need nothing but this process; looking around takes some seconds."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import partial

import dns.resolver

from stoppress.alerts.actions.compose import Draft
from stoppress.alerts.errors import NotReady
from stoppress.alerts.preflight.dns_checks import Lookup, check_records, dns_lookup
from stoppress.alerts.preflight.findings import Finding, Level, guarded, note, stops
from stoppress.alerts.preflight.link_checks import Answer, check_links
from stoppress.alerts.preflight.message_checks import check_message
from stoppress.alerts.preflight.relay_checks import check_relays
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.headers import address_on_the_wire
from stoppress.delivery.message.preview import part, sample
from stoppress.smtp import RelayAddress
from stoppress.subscribers.resolver_address import resolver_address

GRAVITY = {Level.STOP: 0, Level.WARNING: 1, Level.NOTE: 2, Level.FINE: 3}
LONGEST_DNS = 4.0
"""Seconds for all records together."""


@dataclass(frozen=True)
class Surroundings:
    """What mail from here depends on.

    Args:
        relays: where mail goes; none if it is kept.
        selectors: the DKIM keys that the mailer signs with.
        resolver: "" for the system's, `off`, or `host` or `host:port`.
    """

    relays: Sequence[RelayAddress] = ()
    selectors: Sequence[str] = ()
    resolver: str = ""


def check_still(draft: Draft, answer: Answer) -> list[Finding]:
    """What can be found out at once, in every language of the draft; the gravest first. Never raises."""
    found: dict[Finding, None] = {}
    for language in ("", *draft.variants):
        for finding in guarded("Mail", partial(_check_mail, draft, language, answer)):
            found.setdefault(_named(finding, language))
    return by_gravity(finding for finding in found if not _repeated(finding, found))


def _check_mail(draft: Draft, language: str, answer: Answer) -> list[Finding]:
    raw = sample(draft.spoken(language))
    return [*guarded("Message", partial(check_message, raw)), *guarded("Links", partial(_check_links, raw, answer))]


def _check_links(raw: bytes, answer: Answer) -> list[Finding]:
    return check_links(part(raw, "plain"), part(raw, "html"), newsroom().public_url, answer)


def refuse_stops(findings: Iterable[Finding]) -> None:
    """Raises NotReady if one of them forbids Send."""
    if standing := stops(findings):
        raise NotReady([f"{finding.name}: {finding.says} {finding.do}" for finding in standing])


def look_around(surroundings: Surroundings) -> list[Finding]:
    """What the relay and the DNS say, both asked at the same time; the gravest first. Never raises."""
    records: list[Finding] = []
    asking = threading.Thread(
        target=lambda: records.extend(guarded("DNS", partial(_records, surroundings))), daemon=True
    )
    asking.start()
    relays = guarded("Relay", lambda: asyncio.run(check_relays(surroundings.relays)))
    asking.join(LONGEST_DNS)
    return by_gravity([*relays, *(records or [note("DNS", "SPF, DKIM and DMARC could not be checked in time.")])])


def by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, else in the order given."""
    return sorted(findings, key=lambda finding: GRAVITY[finding.level])


def _records(surroundings: Surroundings) -> list[Finding]:
    if surroundings.resolver == "off":
        return [note("DNS", "SPF, DKIM and DMARC are not checked: the resolver is switched off.")]
    room = newsroom()
    domain = address_on_the_wire(parseaddr(room.mail_from)[1]).rpartition("@")[2].lower()
    try:
        lookup = _lookup(surroundings.resolver)
    except (dns.resolver.NoResolverConfiguration, OSError):
        return [note("DNS", "SPF, DKIM and DMARC could not be checked: this machine has no resolver.")]
    return check_records(domain, room.list_domain, surroundings.selectors, lookup)


def _lookup(resolver: str) -> Lookup:
    return dns_lookup(*resolver_address(resolver)) if resolver else dns_lookup()


def _named(finding: Finding, language: str) -> Finding:
    """A finding about another language says so, unless all is well."""
    if not language or finding.level is Level.FINE:
        return finding
    return Finding(finding.level, f"{finding.name} ({language})", finding.says, finding.do)


def _repeated(finding: Finding, found: Iterable[Finding]) -> bool:
    """Whether a thing that is fine in one language is told for another one too."""
    same = [other for other in found if other.name == finding.name]
    return finding.level is Level.FINE and same[0] is not finding
