"""Names that the page's own sentences speak of: "Storm Maren" is what a post is about, and not who wrote it."""

import re
from collections.abc import Iterable, Sequence

from stoppress.importing.plain_text.bylines.byline_names import parse_byline

_MOST_NAMES = 100
_CREDITS = re.compile(r"\b(?:report(?:ed|ing|s)? (?:from|in|for|by)|contribut(?:ed|ing)|correspondents?|reporters?)\b")


def find_story_subjects(names: Iterable[str], texts: Sequence[str]) -> set[str]:
    """Return those names that stand inside longer lines which are no bylines or credits themselves."""
    asked = sorted(set(names))[:_MOST_NAMES]
    if not asked:
        return set()
    prose = "\n".join(text for text in texts if parse_byline(text) is None and not _CREDITS.search(text))
    return {name for name in asked if name in prose}
