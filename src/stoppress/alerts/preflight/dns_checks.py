"""What the DNS says about mail from us: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489).

The resolver is passed in as `lookup(name)`: the TXT records of a name, none if it has none, None if nobody answered.
"""

from collections.abc import Callable, Sequence

import dns.exception
import dns.resolver

from stoppress.alerts.preflight.findings import PreflightFinding, fine, run_check, note, warning

ANSWER_TIMEOUT_SECONDS = 2.0
"""Seconds for each answer."""
TxtLookup = Callable[[str], Sequence[str] | None]
NO_ANSWER_TEXT = "Could not be checked: no resolver answered."


def check_records(from_domain: str, envelope_domain: str, selectors: Sequence[str], lookup: TxtLookup) -> list[PreflightFinding]:
    """Findings about the domain that readers see, and the one that bounces go to.

    `selectors` names the DKIM keys that this installation signs with; none if the relay signs.
    """
    return [
        *run_check("SPF", lambda: check_spf(envelope_domain, lookup)),
        *run_check("DKIM", lambda: check_dkim(from_domain, selectors, lookup)),
        *run_check("DMARC", lambda: check_dmarc(from_domain, lookup)),
    ]


def check_spf(domain: str, lookup: TxtLookup) -> PreflightFinding:
    """Whether the bounce domain says who may send for it."""
    records = lookup(domain)
    if records is None:
        return note("SPF", NO_ANSWER_TEXT)
    found = [record for record in records if record.lower().split(" ")[0] == "v=spf1"]
    if len(found) > 1:
        return warning("SPF", f"{domain} has {len(found)} SPF records: receivers take none.", "Leave one of them.")
    if not found:
        do = f"Publish a TXT record “v=spf1 …” at {domain}."
        return warning("SPF", f"{domain} does not say who may send for it.", do)
    if {"all", "+all"} & set(found[0].lower().split()):
        return warning("SPF", f"{domain} lets the whole world send for it.", "End its record with -all or ~all.")
    return fine("SPF", f"{domain} says who may send for it.")


def check_dkim(domain: str, selectors: Sequence[str], lookup: TxtLookup) -> list[PreflightFinding]:
    """Whether each key that we sign with is published."""
    if not selectors:
        return [note("DKIM", "The relay signs: whether it does is seen in a test mail.")]
    return [_check_key(f"{selector}._domainkey.{domain}", lookup) for selector in selectors]


def _check_key(name: str, lookup: TxtLookup) -> PreflightFinding:
    records = lookup(name)
    if records is None:
        return note("DKIM", NO_ANSWER_TEXT)
    keys = [parse_tags(record).get("p") for record in records if "p=" in record]
    if not any(keys):
        return warning("DKIM", f"There is no public key at {name}.", "Publish the one that belongs to the signing key.")
    return fine("DKIM", f"The key at {name} is published.")


def check_dmarc(domain: str, lookup: TxtLookup) -> PreflightFinding:
    """Whether the From domain, or one above it, has a policy (RFC 7489 6.6.3)."""
    for name in domain_and_parents(domain):
        records = lookup(f"_dmarc.{name}")
        if records is None:
            return note("DMARC", NO_ANSWER_TEXT)
        if found := next((record for record in records if record.lower().startswith("v=dmarc1")), None):
            return fine("DMARC", f"{name} has the policy “{parse_tags(found).get('p', 'none')}”.")
    do = f"Publish “v=DMARC1; p=none; rua=mailto:…” at _dmarc.{domain}: Gmail and Yahoo ask for it."
    return warning("DMARC", f"{domain} has no policy.", do)


def domain_and_parents(domain: str) -> list[str]:
    """The domain and those above it, down to two labels."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


def parse_tags(record: str) -> dict[str, str]:
    """`a=1; b=2` as a mapping."""
    pairs = (part.split("=", 1) for part in record.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def make_txt_lookup(nameserver: str = "", port: int = 53) -> TxtLookup:
    """A look-up by the system's resolver, or by the one named."""
    resolver = dns.resolver.Resolver(configure=not nameserver)
    if nameserver:
        resolver.nameservers, resolver.port = [nameserver], port
    resolver.lifetime = resolver.timeout = ANSWER_TIMEOUT_SECONDS
    silent = False

    def lookup(name: str) -> Sequence[str] | None:
        nonlocal silent
        if silent:
            return None
        try:
            answer = resolver.resolve(name, "TXT", raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError):
            silent = True  # Nobody is waited for twice.
            return None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer.rrset or ()]

    return lookup
