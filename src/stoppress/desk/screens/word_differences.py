"""Compare two texts word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from stoppress.coverage.html_sanitiser import html_to_text, sanitise
from stoppress.coverage.post_content import Content

WORDS = re.compile(r"\n+|[^\S\n]+|[^\s]+")
MAX_DIFF_WORDS = 6_000


@dataclass(frozen=True)
class DiffPiece:
    """Some words: `kept` in both texts, `removed` from the published text, or `added` by the new one."""

    kind: str
    text: str


def diff_words(published: Content, new: Content) -> list[DiffPiece]:
    """Return headline and text of both as pieces in reading order."""
    before, after = _words(published), _words(new)
    if len(before) + len(after) > MAX_DIFF_WORDS:
        return [DiffPiece("removed", "".join(before)), DiffPiece("added", "".join(after))]
    pieces = []
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(DiffPiece("kept", "".join(before[i:j])))
            continue
        pieces += [DiffPiece("removed", "".join(before[i:j]))] if j > i else []
        pieces += [DiffPiece("added", "".join(after[k:m]))] if m > k else []
    return pieces


def _words(content: Content) -> list[str]:
    return WORDS.findall(f"{' '.join(content.headline.split())}\n\n{html_to_text(sanitise(content.body))}")
