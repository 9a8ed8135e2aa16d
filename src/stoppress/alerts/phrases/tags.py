"""Language tags (BCP 47): which of several is nearest, and which way a language is written. Pure."""

from collections.abc import Iterable

RIGHT_TO_LEFT = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"))
"""Languages that are written from right to left, by their first part."""
SCRIPTS = frozenset(("adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"))
"""Scripts that are, whatever the language."""


def nearest(known: Iterable[str], language: str) -> str:
    """Which of `known` somebody who asks for `language` gets, "" if none is near (RFC 4647 3.4: look-up).

    `fr-CA` gets `fr-CA`, else `fr`; capital letters do not matter.
    """
    tags = {tag.lower(): tag for tag in known}
    parts = language.lower().split("-") if language else []
    wanted = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((tags[found] for found in wanted if found in tags), "")


def direction(language: str) -> str:
    """`rtl` or `ltr`, as HTML's `dir` takes it."""
    first, *others = language.lower().split("-")
    script = next((part for part in others if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in SCRIPTS else "ltr"
    return "rtl" if first in RIGHT_TO_LEFT else "ltr"
