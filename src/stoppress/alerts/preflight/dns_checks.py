"""Check the DNS records of our mail: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489).

The resolver is a function `lookup(name)`. It returns the TXT records of a name, an empty sequence if it has none, None
if no name server answered.
"""

from collections.abc import Callable, Sequence

import dns.exception
import dns.resolver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, run_check, warning

ANSWER_TIMEOUT_SECONDS = 2.0
TxtLookup = Callable[[str], Sequence[str] | None]
NO_ANSWER_TEXT = gettext_lazy("Could not be checked: no resolver answered.")


def check_records(
    from_domain: str, envelope_domain: str, selectors: Sequence[str], lookup: TxtLookup
) -> list[PreflightFinding]:
    """Return findings about all three kinds of records.

    Args:
        from_domain: the domain of the From address.
        envelope_domain: the domain to which bounces go.
        selectors: of the DKIM keys that this installation signs with; empty if the relay signs.
        lookup: returns TXT records.
    """
    return [
        *run_check("SPF", lambda: check_spf(envelope_domain, lookup)),
        *run_check("DKIM", lambda: check_dkim(from_domain, selectors, lookup)),
        *run_check("DMARC", lambda: check_dmarc(from_domain, lookup)),
    ]


def check_spf(domain: str, lookup: TxtLookup) -> PreflightFinding:
    """Check that the bounce domain lists the servers that may send for it."""
    records = lookup(domain)
    if records is None:
        return note("SPF", str(NO_ANSWER_TEXT))
    spf = [record for record in records if record.lower().split(" ")[0] == "v=spf1"]
    if len(spf) > 1:
        message = _("{domain} has {number} SPF records: receivers ignore all of them.").format(
            domain=domain, number=len(spf)
        )
        return warning("SPF", message, _("Leave one of them."))
    if not spf:
        advice = _("Publish a TXT record “v=spf1 …” at {domain}.").format(domain=domain)
        return warning(
            "SPF", _("{domain} has no SPF record: it does not list who may send for it.").format(domain=domain), advice
        )
    if {"all", "+all"} & set(spf[0].lower().split()):
        return warning(
            "SPF",
            _("{domain} allows any server to send for it.").format(domain=domain),
            _("End its record with -all or ~all."),
        )
    return fine("SPF", _("{domain} lists who may send for it.").format(domain=domain))


def check_dkim(domain: str, selectors: Sequence[str], lookup: TxtLookup) -> list[PreflightFinding]:
    """Check that each key that we sign with is published."""
    if not selectors:
        return [note("DKIM", _("The relay signs. Send a test mail to see whether it does."))]
    return [_check_key(f"{selector}._domainkey.{domain}", lookup) for selector in selectors]


def _check_key(name: str, lookup: TxtLookup) -> PreflightFinding:
    records = lookup(name)
    if records is None:
        return note("DKIM", str(NO_ANSWER_TEXT))
    keys = [parse_tags(record).get("p") for record in records if "p=" in record]
    if not any(keys):
        advice = _("Publish the one that belongs to the signing key.")
        return warning("DKIM", _("There is no public key at {name}.").format(name=name), advice)
    return fine("DKIM", _("The key at {name} is published.").format(name=name))


def check_dmarc(domain: str, lookup: TxtLookup) -> PreflightFinding:
    """Check that the From domain, or one above it, has a policy (RFC 7489 §6.6.3)."""
    for name in domain_and_parents(domain):
        records = lookup(f"_dmarc.{name}")
        if records is None:
            return note("DMARC", str(NO_ANSWER_TEXT))
        if policy := next((record for record in records if record.lower().startswith("v=dmarc1")), None):
            return fine(
                "DMARC",
                _("{name} has the policy “{policy}”.").format(name=name, policy=parse_tags(policy).get("p", "none")),
            )
    advice = _("Publish “v=DMARC1; p=none; rua=mailto:…” at _dmarc.{domain}: Gmail and Yahoo require it.").format(
        domain=domain
    )
    return warning("DMARC", _("{domain} has no policy.").format(domain=domain), advice)


def domain_and_parents(domain: str) -> list[str]:
    """Return the domain and those above it, down to two labels."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


def parse_tags(record: str) -> dict[str, str]:
    """Return the tags of a record such as `a=1; b=2`."""
    pairs = (part.split("=", 1) for part in record.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def make_txt_lookup(nameserver: str = "", port: int = 53) -> TxtLookup:
    """Return a lookup that uses this name server, or the system's resolver.

    After one query without an answer, the lookup returns None at once for all others: an editor waits only once.
    """
    resolver = dns.resolver.Resolver(configure=not nameserver)
    if nameserver:
        resolver.nameservers, resolver.port = [nameserver], port
    resolver.lifetime = resolver.timeout = ANSWER_TIMEOUT_SECONDS
    has_failed = False

    def lookup(name: str) -> Sequence[str] | None:
        nonlocal has_failed
        if has_failed:
            return None
        try:
            answer = resolver.resolve(name, "TXT", raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError):
            has_failed = True
            return None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer.rrset or ()]

    return lookup
