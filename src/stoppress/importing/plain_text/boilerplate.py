"""Detect lines that belong to the web page and not to the coverage: sign-up boxes, share buttons, cookie notices.

Each rule has a reason and matches whole, short lines. Journalism may use the same words ("Sign up for the draft,
minister urges"). So a line with a quotation or an attributed statement is never boilerplate.
"""

import re
from collections.abc import Sequence

from stoppress.importing.plain_text import boilerplate_rules as rules
from stoppress.importing.plain_text.bylines.byline_names import parse_byline

MAX_BOILERPLATE_CHARACTERS = 220

_REASONS = (
    ("promotion: sign-up for e-mails or alerts", rules.SIGN_UP),
    ("promotion: subscription or donation", rules.MONEY),
    ("promotion: app or notifications", rules.APP),
    ("notice: cookies or privacy", rules.PRIVACY),
    ("link to another page", rules.LINK),
    ("button or menu of the web page", rules.BUTTON),
    ("furniture of the live page", rules.FURNITURE),
    ("picture credit or caption", rules.PICTURE),
    ("mark of an omission", rules.OMISSION),
    ("rule between parts", rules.RULE),
)
_RULES = tuple(
    (reason, re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE))
    for reason, patterns in _REASONS
)

_SAY_VERB = (
    r"(?:sa(?:ys?|id)|urges?d?|warn(?:s|ed)?|tells?|told|claims?|insist(?:s|ed)?|asks?|orders?|reports?|reveals?"
    r"|argues?|admits?|vows?|demands?|calls?|advises?|beg(?:s|ged)?|plead(?:s|ed)?|finds?|suggests?|hears?)"
)
_ATTRIBUTED = re.compile(
    rf"[,\u2013\u2014-]\s?(?:[\w.’'-]+ ){{1,6}}{_SAY_VERB}\W*$|\b\w+ {_SAY_VERB} (?:on|in|after|as|he|she|they)\b",
    re.IGNORECASE,
)
_EDITED = re.compile(
    r"(?:this (?:page|post|article) (?:was|is) )?(?:edited|produced|curated) by\s+(?P<name>\S.{2,150})", re.IGNORECASE
)
_QUOTES = re.compile(r"[“”«»\"]|[‘][^’]{2,}[’]")

_NOTE = re.compile(r"[A-Z][A-Z /_-]{1,24}: \S.*")
_RULE = re.compile(r"[-=_*]{3,}")


def reason_to_set_aside(text: str) -> str | None:
    """Return why a line is not part of the coverage, or None if it is part of it."""
    if len(text) > MAX_BOILERPLATE_CHARACTERS:
        return None
    if (edited := _EDITED.fullmatch(text)) and parse_byline(edited["name"]):
        return "names of the page's editors"
    for reason, rule in _RULES:
        if rule.fullmatch(text):
            return None if _is_journalism(text) else reason
    return None


def count_file_notes(texts: Sequence[str]) -> int:
    """Return the number of lines at the top that are notes on the file ("SOURCE: …") and end with a rule."""
    count = 0
    while count < len(texts) and _NOTE.match(texts[count]):
        count += 1
    closed = count and count < len(texts) and _RULE.fullmatch(texts[count])
    return count + 1 if closed else 0


def _is_journalism(text: str) -> bool:
    return _QUOTES.search(text) is not None or _ATTRIBUTED.search(text) is not None
