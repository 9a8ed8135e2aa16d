"""Language tags (BCP 47): which of several is nearest, and which way a language is written. Pure."""

import re
from collections.abc import Iterable

RIGHT_TO_LEFT = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"))
"""Languages that are written from right to left, by their first part."""
SCRIPTS = frozenset(("adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"))
"""Scripts that are, whatever the language."""


TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)")
LONGEST_HEADER = 500
"""Characters of a header that are looked at."""


def nearest(known: Iterable[str], language: str) -> str:
    """Which of `known` somebody who asks for `language` gets, "" if none is near (RFC 4647 3.4: look-up).

    `fr-CA` gets `fr-CA`, else `fr`; capital letters do not matter.
    """
    tags = {tag.lower(): tag for tag in known}
    parts = language.lower().split("-") if language else []
    wanted = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((tags[found] for found in wanted if found in tags), "")


def accepted(header: str) -> list[str]:
    """The languages that a browser asks for (RFC 9110 12.5.4), the dearest first; what cannot be read is left out."""
    found: list[tuple[float, str]] = []
    for part in header[:LONGEST_HEADER].split(","):
        tag, _, weight = part.strip().partition(";")
        dear = _weight(weight)
        if TAG.fullmatch(tag := tag.strip()) and dear > 0:
            found.append((dear, tag))
    return [tag for _, tag in sorted(found, key=lambda one: one[0], reverse=True)]


def _weight(text: str) -> float:
    given = WEIGHT.fullmatch(text.replace(" ", ""))
    return float(given[1]) if given else 0.0 if text.strip() else 1.0


def direction(language: str) -> str:
    """`rtl` or `ltr`, as HTML's `dir` takes it."""
    first, *others = language.lower().split("-")
    script = next((part for part in others if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in SCRIPTS else "ltr"
    return "rtl" if first in RIGHT_TO_LEFT else "ltr"
