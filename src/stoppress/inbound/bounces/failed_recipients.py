"""Who a bounce in plain words is about.

Each row of PLACES is one way in which mail servers name a recipient, best known first, with those that write so.
All matches of the first row that finds somebody are taken.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import islice

MAX_RECIPIENTS = 30
"""Recipients taken from one message. Ours go to one each; an alias may fan out."""

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u00a1-\uffff]"
_AN = r"[A-Za-z0-9_\u00a1-\uffff]"
ADDRESS = rf'(?:{_ATEXT}{{1,80}}|"[^"\r\n@<>]{{1,64}}")@{_AN}(?:{_AN}|-|\.(?={_AN})){{0,250}}'
#: An address, bracketed or bare; (?<!…) so that no search begins in the middle of one.
_A = rf"<?(?<!{_ATEXT})(?P<a>{ADDRESS})>?"
_ANY = re.compile(rf"(?<!{_ATEXT})(?P<a>{ADDRESS})")

RECIPIENT_PATTERNS: tuple[tuple[str, str], ...] = (
    ("Postfix to its postmaster", rf"^ ?In: {{1,4}}RCPT TO:{_A}"),
    ("X6, InterScan", rf"(?:rejected recipient|unable to deliver message to|Sent >>> RCPT TO:) ?{_A}"),
    (
        "Exchange 5.5, which first repeats our To",
        rf"did not reach the following recipient\(s\):\s{{0,8}}(?:[^\n]{{0,200}}SMTP=)?{_A}",
    ),
    ("Sun Messaging Server, iCloud, PMDF", rf"^[ \t]{{0,8}}Recipient address:[ \t]{{0,8}}{_A}"),
    (
        "Postfix, Courier, qmail, Yahoo, amavisd, Sendmail's reasons",
        rf"^[ \t]{{0,4}}<(?P<a>{ADDRESS})>[^\n]{{0,200}}:[ \t]{{0,4}}(?:$|\S)",
    ),
    ("Exim, OpenSMTPD, 1&1, Exchange", rf"^[ \t]{{0,8}}[\"<]?(?P<a>{ADDRESS})[\">]?:(?:\s|$)"),
    ("Zoho", rf"^[ \t]{{0,8}}(?P<a>{ADDRESS})[ \t]{{1,4}}[^\n]{{0,80}}ERROR_?CODE"),
    ("servers that list them in brackets", rf"^[ \t]{{0,8}}[*-] \[(?P<a>{ADDRESS})\]:"),
    ("Active!hunter", rf"^>>> {_A} ?<"),
    ("MailMarshal, X1, McAfee", rf"^[ \t]{{0,8}}{_A}[ \t]{{0,8}}[\[(]"),
    ("Sendmail", rf"^[ \t]{{0,4}}(?:[245]\d\d )?{_A}\.\.\."),
    (
        "who says: could not be delivered to, following recipients, undeliverable to, RCPT TO",
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
    (
        "alone on its line, or first in a list",
        rf"^[ \t]{{0,16}}(?:[-*•>][ \t]{{0,4}})?(?:SMTP:)?[\"']?{_A}[\"']?(?:<mailto:[^\n>]{{1,300}}>)?"
        rf"[ \t,;.]{{0,4}}(?:$|on[ \t]\d|Action:)",
    ),
    ("Exchange: name, mailto", rf"<mailto:(?P<a>{ADDRESS})>"),
    ("first on its line", rf"^[ \t]{{0,16}}{_A}[ \t,:;]"),
)


def first_address(value: str) -> str:
    """The first address in a field, or ""."""
    found = _ANY.search(value[:1000])
    return _trim(found["a"]) if found else ""


def all_addresses(text: str) -> list[str]:
    """Every address in a text once, in order."""
    return _unique(found["a"] for found in _ANY.finditer(text))


def find_failed_recipients(text: str, not_these: frozenset[str]) -> list[str]:
    """Recipients that a text names, each once, in the way that comes first in RECIPIENT_PATTERNS."""
    for _, pattern in RECIPIENT_PATTERNS:
        names = _unique(found["a"] for found in _compile(pattern).finditer(text))
        if kept := [name for name in names if name.lower() not in not_these]:
            return kept
    return []


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """When it is first needed: it takes some 50 ms, for which every process would wait that never sees a bounce."""
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def _trim(address: str) -> str:
    return address.strip("<>").rstrip(".-").lstrip("'`")


def _unique(found: Iterable[str]) -> list[str]:
    names: dict[str, str] = {}
    for raw in islice(found, 20 * MAX_RECIPIENTS):
        name = _trim(raw)
        names.setdefault(name.lower(), name)
    return list(names.values())[:MAX_RECIPIENTS]
