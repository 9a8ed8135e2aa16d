"""Find names that sentences of the page mention: "Storm Maren" is the subject of posts, not their author."""

import re
from collections.abc import Iterable, Sequence

from stoppress.importing.plain_text.bylines.byline_names import parse_byline

_MAX_NAMES = 100
_CREDITS = re.compile(r"\b(?:report(?:ed|ing|s)? (?:from|in|for|by)|contribut(?:ed|ing)|correspondents?|reporters?)\b")


def find_story_subjects(names: Iterable[str], texts: Sequence[str]) -> set[str]:
    """Return the names that occur within other lines, except in bylines and credits."""
    candidates = sorted(set(names))[:_MAX_NAMES]
    if not candidates:
        return set()
    prose = "\n".join(text for text in texts if parse_byline(text) is None and not _CREDITS.search(text))
    return {name for name in candidates if name in prose}
