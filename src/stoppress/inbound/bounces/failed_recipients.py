"""Extraction of the failed recipients from a plain-text bounce.

Each row of RECIPIENT_PATTERNS is one form in which mail servers name a recipient, the most specific first, with the
servers that use it. All matches of the first row that yields a recipient are returned.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import islice

from stoppress.bounce_rules.address_pattern import ADDRESS, ATEXT

MAX_RECIPIENTS = 30
"""Recipients read from one message. Our messages have one recipient each, but an alias may have several."""

#: An address, bracketed or bare. The look-behind keeps a search from starting in the middle of an address.
_A = rf"<?(?<!{ATEXT})(?P<a>{ADDRESS})>?"
_ANY = re.compile(rf"(?<!{ATEXT})(?P<a>{ADDRESS})")

_ALONE_ON_LINE = (
    rf"^[ \t]{{0,16}}(?:[-*•>][ \t]{{0,4}})?(?:SMTP:)?[\"']?{_A}[\"']?(?:<mailto:[^\n>]{{1,300}}>)?"
    rf"[ \t,;.]{{0,4}}(?:$|on[ \t]\d|Action:)"
)
_BRACKETED_BEFORE_REASON = rf"^[ \t]{{0,4}}<(?P<a>{ADDRESS})>[^\n]{{0,200}}:[ \t]{{0,4}}(?:$|\S)"
RECIPIENT_PATTERNS: tuple[tuple[str, str], ...] = (
    ("Postfix to its postmaster", rf"^ ?In: {{1,4}}RCPT TO:{_A}"),
    ("X6, InterScan", rf"(?:rejected recipient|unable to deliver message to|Sent >>> RCPT TO:) ?{_A}"),
    (
        "Exchange 5.5, which first repeats our To field",
        rf"did not reach the following recipient\(s\):\s{{0,8}}(?:[^\n]{{0,200}}SMTP=)?{_A}",
    ),
    ("Sun Messaging Server, iCloud, PMDF", rf"^[ \t]{{0,8}}Recipient address:[ \t]{{0,8}}{_A}"),
    ("Postfix, Courier, qmail, Yahoo, amavisd, reasons of Sendmail", _BRACKETED_BEFORE_REASON),
    ("Exim, OpenSMTPD, 1&1, Exchange", rf"^[ \t]{{0,8}}[\"<]?(?P<a>{ADDRESS})[\">]?:(?:\s|$)"),
    ("Zoho", rf"^[ \t]{{0,8}}(?P<a>{ADDRESS})[ \t]{{1,4}}[^\n]{{0,80}}ERROR_?CODE"),
    ("servers that list recipients in brackets", rf"^[ \t]{{0,8}}[*-] \[(?P<a>{ADDRESS})\]:"),
    ("Active!hunter", rf"^>>> {_A} ?<"),
    ("MailMarshal, X1, McAfee", rf"^[ \t]{{0,8}}{_A}[ \t]{{0,8}}[\[(]"),
    ("Sendmail", rf"^[ \t]{{0,4}}(?:[245]\d\d )?{_A}\.\.\."),
    (
        "phrases: could not be delivered to, following recipients, undeliverable to, RCPT TO",
        rf"(?:not[ \t]be[ \t]delivered[ \t]to|undeliverable[ \t]to|fail(?:ed|ure)[^\n:]{{0,60}}"
        rf"(?:attempts?|userid|recipients?|address|deliver(?:y|ed)?|to)|"
        rf"unable[ \t]to[ \t]deliver[^\n:]{{0,40}}(?:to|address)|"
        rf"delivering[ \t]your[ \t](?:mail|message)[ \t]to|(?:wasn|was[ \t]no|isn|"
        rf"could[ \t]?n.?)[’']?t[ \t](?:be[ \t])?delivered[ \t]to|"
        rf"delivering[ \t]to|^[ \t]{{0,8}}(?:RCPT[ \t]TO|Addressed[ \t]To|Recipient|Intended[ \t]recipient)|"
        rf"invalid[ \t](?:final[ \t]delivery[ \t]userid|user|recipient|address)|unknown[ \t](?:user|"
        rf"recipient|local[- ]part)|"
        rf"user[ \t]unknown|no[ \t]such[ \t]user)[ \t]{{0,4}}:?\s{{0,8}}{_A}",
    ),
    ("alone on its line, or first in a list", _ALONE_ON_LINE),
    ("Exchange: name, mailto", rf"<mailto:(?P<a>{ADDRESS})>"),
    ("first on its line", rf"^[ \t]{{0,16}}{_A}[ \t,:;]"),
)


def first_address(value: str) -> str:
    """Return the first address in a header field, or ""."""
    match = _ANY.search(value[:1000])
    return _trim(match["a"]) if match else ""


def all_addresses(text: str) -> list[str]:
    """Return every address in a text once, in order."""
    return _unique(match["a"] for match in _ANY.finditer(text))


def find_failed_recipients(text: str, excluded: frozenset[str]) -> list[str]:
    """Return the recipients that a text names, each once, in the first form of RECIPIENT_PATTERNS that matches.

    If a list with one recipient on each line names these and more, all of the list are returned.

    Args:
        text: the bounce's own text.
        excluded: addresses in lower case that are not recipients.
    """
    for _, pattern in RECIPIENT_PATTERNS:
        if recipients := _matches(pattern, text, excluded):
            listed = _matches(_ALONE_ON_LINE, text, excluded)
            is_longer_list = {address.lower() for address in recipients} < {address.lower() for address in listed}
            return listed if is_longer_list else recipients
    return []


def find_further_recipients(text: str, excluded: frozenset[str]) -> list[str]:
    """Return the recipients that a text names in Postfix's form, "<a@b.example>: reason", each once."""
    return _matches(_BRACKETED_BEFORE_REASON, text, excluded)


def _matches(pattern: str, text: str, excluded: frozenset[str]) -> list[str]:
    addresses = _unique(match["a"] for match in _compile(pattern).finditer(text))
    return [address for address in addresses if address.lower() not in excluded]


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first used: all take some 50 ms, and most processes never see a bounce."""
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def _trim(address: str) -> str:
    return address.strip("<>").rstrip(".-").lstrip("'`")


def _unique(matches: Iterable[str]) -> list[str]:
    addresses: dict[str, str] = {}
    for match in islice(matches, 20 * MAX_RECIPIENTS):
        address = _trim(match)
        addresses.setdefault(address.lower(), address)
    return list(addresses.values())[:MAX_RECIPIENTS]
