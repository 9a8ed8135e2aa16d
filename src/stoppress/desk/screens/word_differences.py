"""What one text has that another has not, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from stoppress.coverage.html_sanitiser import sanitise, html_to_text
from stoppress.coverage.post_content import Content

WORDS = re.compile(r"\n+|[^\S\n]+|[^\s]+")
MAX_DIFF_WORDS = 6_000


@dataclass(frozen=True)
class DiffPiece:
    """Some words: in both texts (`same`), only in the one that stands (`gone`), only in the new one (`new`)."""

    kind: str
    text: str


def diff_words(standing: Content, new: Content) -> list[DiffPiece]:
    """Headline and text of both, as pieces in reading order."""
    before, after = _words(standing), _words(new)
    if len(before) + len(after) > MAX_DIFF_WORDS:
        return [DiffPiece("gone", "".join(before)), DiffPiece("new", "".join(after))]
    pieces = []
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(DiffPiece("same", "".join(before[i:j])))
            continue
        pieces += [DiffPiece("gone", "".join(before[i:j]))] if j > i else []
        pieces += [DiffPiece("new", "".join(after[k:m]))] if m > k else []
    return pieces


def _words(content: Content) -> list[str]:
    return WORDS.findall(f"{' '.join(content.headline.split())}\n\n{html_to_text(sanitise(content.body))}")
