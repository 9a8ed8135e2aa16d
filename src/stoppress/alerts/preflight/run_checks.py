"""Run all checks of the preflight: of the draft, in this process; of the environment, which takes some seconds."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import dns.resolver
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from stoppress.alerts.actions.compose import AlertDraft
from stoppress.alerts.actions.correction_note import missing_note_text
from stoppress.alerts.errors import PreflightError
from stoppress.alerts.preflight.dns_checks import check_records
from stoppress.alerts.preflight.dns_lookup import DnsLookup
from stoppress.alerts.preflight.findings import PreflightFinding, Severity, blocking_findings, note, run_check, stop
from stoppress.alerts.preflight.link_checks import PageStatus, check_links
from stoppress.alerts.preflight.message_checks import check_message
from stoppress.alerts.preflight.receivers import Receivers
from stoppress.alerts.preflight.relay_checks import check_relays
from stoppress.alerts.preflight.sending_host_checks import check_sending_addresses
from stoppress.alerts.preflight.signature_checks import check_one_click_signature
from stoppress.alerts.preflight.warm_up_checks import check_warm_up
from stoppress.coverage.localisation.languages import SOURCE_LANGUAGE, in_language
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.dkim_keys import load_configured_signer
from stoppress.delivery.message.headers import sender_domain
from stoppress.delivery.message.preview import extract_part, render_sample
from stoppress.runtime.clock import utc_now
from stoppress.smtp import RelayAddress
from stoppress.subscribers.resolver_address import parse_resolver_address

SEVERITY_ORDER = {Severity.STOP: 0, Severity.WARNING: 1, Severity.NOTE: 2, Severity.FINE: 3}
DNS_TIMEOUT_SECONDS = 6.0
"""Limit for all records together."""


@dataclass(frozen=True)
class MailEnvironment:
    """Relays, keys and resolver of this installation.

    Args:
        relays: where mail goes; empty if it is stored as files.
        selectors: of the DKIM keys that the mailer signs with.
        resolver: `host` or `host:port`, `off`, or empty for the system's resolver.
        addresses: the addresses that mail is sent from, if the operator names them.
    """

    relays: Sequence[RelayAddress] = ()
    selectors: Sequence[str] = ()
    resolver: str = ""
    addresses: Sequence[str] = ()


def configured_environment(addresses: Sequence[str] = ()) -> MailEnvironment:
    """Return the environment that the settings describe."""
    selectors = [selector for selector, _key in settings.DKIM_KEYS]
    return MailEnvironment(settings.RELAYS, selectors, settings.RESOLVER, addresses)


def check_draft(draft: AlertDraft, page_status: PageStatus) -> list[PreflightFinding]:
    """Return the findings about the mail in every language of the draft, most severe first. Never raises."""
    findings = dict.fromkeys(_check_note(draft))
    findings |= dict.fromkeys(run_check(_("Warm-up"), lambda: check_warm_up(draft, utc_now())))
    for language in ("", *draft.variants):
        for finding in run_check(_("Mail"), partial(_check_mail, draft, language, page_status)):
            findings.setdefault(_add_language(finding, language))
    return sort_by_severity(finding for finding in findings if not _is_repeated(finding, findings))


def _check_note(draft: AlertDraft) -> list[PreflightFinding]:
    if draft.corrects is None or draft.note:
        return []
    return [stop(_("What was wrong, what is right"), missing_note_text(), _("Write it above."))]


def _check_mail(draft: AlertDraft, language: str, page_status: PageStatus) -> list[PreflightFinding]:
    raw = render_sample(draft.story_in(language))
    return [
        *run_check(_("Message"), partial(check_message, raw)),
        *run_check(_("Links"), partial(_check_links, raw, page_status)),
    ]


def _check_links(raw: bytes, page_status: PageStatus) -> list[PreflightFinding]:
    return check_links(extract_part(raw, "plain"), extract_part(raw, "html"), newsroom().public_url, page_status)


def raise_if_blocked(findings: Iterable[PreflightFinding]) -> None:
    """Raise PreflightError if a finding forbids Send."""
    if blocking := blocking_findings(findings):
        raise PreflightError([f"{finding.name}: {finding.message} {finding.advice}" for finding in blocking])


def check_environment(environment: MailEnvironment) -> list[PreflightFinding]:
    """Return the findings about relay, DNS and signature, most severe first. Never raises.

    Relay and DNS are queried at the same time.
    """
    records: list[PreflightFinding] = []
    language = get_language() or SOURCE_LANGUAGE
    dns_thread = threading.Thread(
        target=lambda: records.extend(run_check("DNS", partial(_check_dns, environment, language))), daemon=True
    )
    dns_thread.start()
    relays = run_check(_("Relay"), lambda: asyncio.run(check_relays(environment.relays)))
    signature = run_check(_("One-click unsubscribe"), partial(check_one_click_signature, load_configured_signer))
    dns_thread.join(DNS_TIMEOUT_SECONDS)
    if not records:
        records = [note("DNS", _("SPF, DKIM and DMARC could not be checked in time."), receivers=Receivers.UNKNOWN)]
    return sort_by_severity([*relays, *records, *signature])


def sort_by_severity(findings: Iterable[PreflightFinding]) -> list[PreflightFinding]:
    """Return the findings, most severe first, otherwise in the order given."""
    return sorted(findings, key=lambda finding: SEVERITY_ORDER[finding.severity])


def _check_dns(environment: MailEnvironment, language: str) -> list[PreflightFinding]:
    """Check the DNS records, in the editor's language: a thread does not inherit the active one."""
    with in_language(language):
        return _find_dns_faults(environment)


def _find_dns_faults(environment: MailEnvironment) -> list[PreflightFinding]:
    if environment.resolver == "off":
        return [note("DNS", _("SPF, DKIM and DMARC are not checked: the resolver is switched off."))]
    try:
        lookup = _make_lookup(environment.resolver)
    except (dns.resolver.NoResolverConfiguration, OSError):
        return [note("DNS", _("SPF, DKIM and DMARC could not be checked: this machine has no resolver."))]
    return [
        *check_records(sender_domain(), newsroom().list_domain.lower(), environment.selectors, lookup),
        *run_check(
            _("Reverse DNS"), partial(check_sending_addresses, environment.relays, environment.addresses, lookup)
        ),
    ]


def _make_lookup(resolver: str) -> DnsLookup:
    return DnsLookup(*parse_resolver_address(resolver)) if resolver else DnsLookup()


def _add_language(finding: PreflightFinding, language: str) -> PreflightFinding:
    """Return the finding with its language in the name, unless it is fine or about the original language."""
    if not language or finding.severity is Severity.FINE:
        return finding
    return replace(finding, name=f"{finding.name} ({language})")


def _is_repeated(finding: PreflightFinding, findings: Iterable[PreflightFinding]) -> bool:
    """Return True if this check is fine and another language has a finding of the same name before it."""
    same_name = [other for other in findings if other.name == finding.name]
    return finding.severity is Severity.FINE and same_name[0] is not finding
