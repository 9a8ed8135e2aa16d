"""Check the DNS records of our mail: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989), and their alignment with From.

Receivers accept mail as the newsroom's only if the domain of the envelope sender (SPF) or that of the signature (DKIM)
is aligned with the domain of From. A record alone proves nothing.
"""

from collections.abc import Callable, Sequence
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.alerts.preflight.dmarc import DmarcPolicy, find_policy, is_aligned, parse_tags, walk
from stoppress.alerts.preflight.dns_lookup import DnsFaultError, DnsLookup
from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, run_check, warning
from stoppress.alerts.preflight.receivers import Receivers

NO_ANSWER_TEXT = gettext_lazy("Could not be checked: no resolver answered.")
Check = Callable[[], PreflightFinding | list[PreflightFinding]]


def check_records(
    from_domain: str, envelope_domain: str, selectors: Sequence[str], lookup: DnsLookup
) -> list[PreflightFinding]:
    """Return findings about the records and their alignment.

    Args:
        from_domain: the domain of the From address.
        envelope_domain: the domain to which bounces go.
        selectors: of the DKIM keys that this installation signs with; empty if the relay signs.
        lookup: queries the DNS.
    """
    checks: dict[str, Check] = {
        "SPF": partial(check_spf, envelope_domain, lookup),
        "DKIM": partial(check_dkim, from_domain, selectors, lookup),
        "DMARC": partial(check_dmarc, from_domain, lookup),
        _("Alignment"): partial(check_alignment, from_domain, envelope_domain, selectors, lookup),
    }
    return [finding for name, check in checks.items() for finding in run_check(name, partial(_answered, name, check))]


def _answered(name: str, check: Check) -> PreflightFinding | list[PreflightFinding]:
    """Return the findings of a check, or a note if a name server did not answer."""
    try:
        return check()
    except DnsFaultError:
        return note(name, str(NO_ANSWER_TEXT), receivers=Receivers.UNKNOWN)


def check_spf(domain: str, lookup: DnsLookup) -> PreflightFinding:
    """Check that the bounce domain lists the servers that may send for it."""
    spf = [record for record in lookup.texts(domain) if record.lower().split(" ")[0] == "v=spf1"]
    if len(spf) > 1:
        message = _("{domain} has {number} SPF records: receivers ignore all of them.").format(
            domain=domain, number=len(spf)
        )
        return warning("SPF", message, _("Leave one of them."), receivers=Receivers.UNAUTHENTICATED)
    if not spf:
        advice = _("Publish a TXT record “v=spf1 …” at {domain}.").format(domain=domain)
        message = _("{domain} has no SPF record: it does not list who may send for it.").format(domain=domain)
        return warning("SPF", message, advice, receivers=Receivers.UNAUTHENTICATED)
    if {"all", "+all"} & set(spf[0].lower().split()):
        message, advice = _("{domain} allows any server to send for it."), _("End its record with -all or ~all.")
        return warning("SPF", message.format(domain=domain), advice, receivers=Receivers.OPEN_SPF)
    return fine("SPF", _("{domain} lists who may send for it.").format(domain=domain), receivers=Receivers.ACCEPT)


def check_dkim(domain: str, selectors: Sequence[str], lookup: DnsLookup) -> list[PreflightFinding]:
    """Check that each key that we sign with is published."""
    if not selectors:
        message = _("The relay signs. Send a test mail to see whether it does.")
        return [note("DKIM", message, receivers=Receivers.UNAUTHENTICATED)]
    return [_check_key(f"{selector}._domainkey.{domain}", lookup) for selector in selectors]


def _check_key(name: str, lookup: DnsLookup) -> PreflightFinding:
    keys = [parse_tags(record).get("p") for record in lookup.texts(name) if "p=" in record]
    if not any(keys):
        advice = _("Publish the one that belongs to the signing key.")
        message = _("There is no public key at {name}.").format(name=name)
        return warning("DKIM", message, advice, receivers=Receivers.UNAUTHENTICATED)
    return fine("DKIM", _("The key at {name} is published.").format(name=name), receivers=Receivers.ACCEPT)


def check_dmarc(domain: str, lookup: DnsLookup) -> PreflightFinding:
    """Check that receivers find a valid policy for the From domain, and that it is not a test."""
    policy = _policy(domain, lookup)
    if policy is None:
        advice = _("Publish “v=DMARC1; p=none; rua=mailto:…” at _dmarc.{domain}: Gmail and Yahoo require it.")
        message = _("{domain} has no policy.").format(domain=domain)
        return warning("DMARC", message, advice.format(domain=domain), receivers=Receivers.NO_POLICY)
    name = policy.record.domain
    if not policy.value:
        message = _("Receivers ignore the record of {name}: a policy in it is not valid.").format(name=name)
        advice = _("Set p to none, quarantine or reject in the record at _dmarc.{domain}.").format(domain=name)
        return warning("DMARC", message, advice, receivers=Receivers.NO_POLICY)
    message = _("{name} has the policy “{policy}”.").format(name=name, policy=policy.value)
    if policy.record.is_test:
        advice = _("Remove t=y when the reports show that all mail is aligned.")
        message += " " + _("It is marked as a test: receivers apply a milder one.")
        return note("DMARC", message, advice, receivers=Receivers.ACCEPT)
    return fine("DMARC", message, receivers=Receivers.ACCEPT)


def check_alignment(
    from_domain: str, envelope_domain: str, selectors: Sequence[str], lookup: DnsLookup
) -> list[PreflightFinding]:
    """Check that the envelope sender is aligned with From, and the signature, whose domain is that of From."""
    policy = _policy(from_domain, lookup)
    name, texts = _("Alignment"), {"envelope": envelope_domain, "sender": from_domain}
    if is_aligned(envelope_domain, from_domain, policy, "aspf", lookup.texts):
        message = _("The return address at {envelope} is aligned with From at {sender}.").format(**texts)
        return [fine(name, message, receivers=Receivers.ACCEPT)]
    message = _("The return address at {envelope} is not aligned with From at {sender}: SPF proves nothing.")
    if selectors:
        message += " " + _("The signature is aligned, so the mail passes DMARC by it alone.")
        advice = _("Use a list domain below {sender}, or relaxed alignment (aspf=r).").format(**texts)
        return [note(name, message.format(**texts), advice, receivers=Receivers.ONE_ALIGNED)]
    advice = _("Use a list domain below {sender}, or sign here with STOPPRESS_DKIM_KEYS.").format(**texts)
    return [warning(name, message.format(**texts), advice, receivers=Receivers.NOT_ALIGNED)]


def _policy(domain: str, lookup: DnsLookup) -> DmarcPolicy | None:
    return find_policy(domain, walk(domain, lookup.texts), exists=lookup.exists(domain))
