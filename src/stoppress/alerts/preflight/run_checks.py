"""All of the preflight together. Still checks need nothing but this process; looking around takes some seconds."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import partial

import dns.resolver

from stoppress.alerts.actions.compose import AlertDraft
from stoppress.alerts.errors import PreflightError
from stoppress.alerts.preflight.dns_checks import TxtLookup, check_records, make_txt_lookup
from stoppress.alerts.preflight.findings import PreflightFinding, Severity, run_check, note, blocking_findings
from stoppress.alerts.preflight.link_checks import PageStatus, check_links
from stoppress.alerts.preflight.message_checks import check_message
from stoppress.alerts.preflight.relay_checks import check_relays
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.headers import with_ascii_domain
from stoppress.delivery.message.preview import extract_part, render_sample
from stoppress.smtp import RelayAddress
from stoppress.subscribers.resolver_address import parse_resolver_address

SEVERITY_ORDER = {Severity.STOP: 0, Severity.WARNING: 1, Severity.NOTE: 2, Severity.FINE: 3}
DNS_TIMEOUT_SECONDS = 4.0
"""Seconds for all records together."""


@dataclass(frozen=True)
class MailEnvironment:
    """What mail from here depends on.

    Args:
        relays: where mail goes; none if it is kept.
        selectors: the DKIM keys that the mailer signs with.
        resolver: "" for the system's, `off`, or `host` or `host:port`.
    """

    relays: Sequence[RelayAddress] = ()
    selectors: Sequence[str] = ()
    resolver: str = ""


def check_draft(draft: AlertDraft, answer: PageStatus) -> list[PreflightFinding]:
    """What can be found out at once, in every language of the draft; the gravest first. Never raises."""
    found: dict[PreflightFinding, None] = {}
    for language in ("", *draft.variants):
        for finding in run_check("Mail", partial(_check_mail, draft, language, answer)):
            found.setdefault(_named(finding, language))
    return sort_by_severity(finding for finding in found if not _repeated(finding, found))


def _check_mail(draft: AlertDraft, language: str, answer: PageStatus) -> list[PreflightFinding]:
    raw = render_sample(draft.story_in(language))
    return [*run_check("Message", partial(check_message, raw)), *run_check("Links", partial(_check_links, raw, answer))]


def _check_links(raw: bytes, answer: PageStatus) -> list[PreflightFinding]:
    return check_links(extract_part(raw, "plain"), extract_part(raw, "html"), newsroom().public_url, answer)


def raise_if_blocked(findings: Iterable[PreflightFinding]) -> None:
    """Raises PreflightError if one of them forbids Send."""
    if standing := blocking_findings(findings):
        raise PreflightError([f"{finding.name}: {finding.message} {finding.advice}" for finding in standing])


def check_environment(surroundings: MailEnvironment) -> list[PreflightFinding]:
    """What the relay and the DNS say, both asked at the same time; the gravest first. Never raises."""
    records: list[PreflightFinding] = []
    asking = threading.Thread(
        target=lambda: records.extend(run_check("DNS", partial(_records, surroundings))), daemon=True
    )
    asking.start()
    relays = run_check("Relay", lambda: asyncio.run(check_relays(surroundings.relays)))
    asking.join(DNS_TIMEOUT_SECONDS)
    return sort_by_severity([*relays, *(records or [note("DNS", "SPF, DKIM and DMARC could not be checked in time.")])])


def sort_by_severity(findings: Iterable[PreflightFinding]) -> list[PreflightFinding]:
    """The gravest first, else in the order given."""
    return sorted(findings, key=lambda finding: SEVERITY_ORDER[finding.severity])


def _records(surroundings: MailEnvironment) -> list[PreflightFinding]:
    if surroundings.resolver == "off":
        return [note("DNS", "SPF, DKIM and DMARC are not checked: the resolver is switched off.")]
    room = newsroom()
    domain = with_ascii_domain(parseaddr(room.mail_from)[1]).rpartition("@")[2].lower()
    try:
        lookup = _lookup(surroundings.resolver)
    except (dns.resolver.NoResolverConfiguration, OSError):
        return [note("DNS", "SPF, DKIM and DMARC could not be checked: this machine has no resolver.")]
    return check_records(domain, room.list_domain, surroundings.selectors, lookup)


def _lookup(resolver: str) -> TxtLookup:
    return make_txt_lookup(*parse_resolver_address(resolver)) if resolver else make_txt_lookup()


def _named(finding: PreflightFinding, language: str) -> PreflightFinding:
    """A finding about another language says so, unless all is well."""
    if not language or finding.severity is Severity.FINE:
        return finding
    return PreflightFinding(finding.severity, f"{finding.name} ({language})", finding.message, finding.advice)


def _repeated(finding: PreflightFinding, found: Iterable[PreflightFinding]) -> bool:
    """Whether a thing that is fine in one language is told for another one too."""
    same = [other for other in found if other.name == finding.name]
    return finding.severity is Severity.FINE and same[0] is not finding
