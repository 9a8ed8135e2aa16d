"""Match the posts of a page with posts that an earlier import created. Pure functions.

    parsed posts + posts imported before ──► same | changed | new, with the place of the new ones

Posts are compared by their words, and by their times only if the words do not match. Times alone prove nothing: a page
without dates is dated from today. The imported text stays in the first revision of each post, which no later edit
changes. `headline_key` and `digest` are stored with the post so that it can be found.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from stoppress.importing.parsed_page import ParsedPost

WORD = re.compile(r"\w+")
MIN_SHARED_WORDS = 0.4
"""Minimum share of common words for two texts of the same minute to be one post that was rewritten."""


@dataclass(frozen=True)
class ImportedPost:
    """One post as an earlier import created it."""

    id: UUID
    headline_key: str
    digest: str
    published_at: datetime
    headline: str
    text: str
    position: int


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do. `new` is in page order; each new post has the existing post right above it, if any."""

    new: tuple[tuple[ParsedPost, ImportedPost | None], ...]
    same: tuple[ImportedPost, ...]
    changed: tuple[tuple[ImportedPost, ParsedPost], ...]


@dataclass
class _Matching:
    parsed: list[ParsedPost]
    unmatched: list[ImportedPost]
    pairs: dict[int, ImportedPost] = field(default_factory=dict)

    def match(self, is_match) -> None:  # type: ignore[no-untyped-def]
        """Pair each unpaired post with the first existing post for which `is_match` is true."""
        for index, post in enumerate(self.parsed):
            if index in self.pairs:
                continue
            match = next((imported for imported in self.unmatched if is_match(post, imported)), None)
            if match is not None:
                self.pairs[index] = match
                self.unmatched.remove(match)


def headline_key(post: ParsedPost) -> str:
    """Return the digest of a post's headline, or of its first 80 characters; it survives edits of the text."""
    return _hash(_normalise(post.headline) or _normalise(" ".join(post.paragraphs))[:80])


def text_digest(post: ParsedPost) -> str:
    """Return the digest of a post's whole text, which any edit changes."""
    return _hash("\n".join([post.headline, *post.paragraphs, *post.bylines]))


def plan_import(parsed: Iterable[ParsedPost], imported: Iterable[ImportedPost]) -> ImportPlan:
    """Match the posts of a page with those imported before, in three passes from the strictest to the loosest."""
    newest_first = order_newest_first(list(parsed))
    matching = _Matching(newest_first, sorted(imported, key=lambda post: -post.position))
    matching.match(lambda post, other: text_digest(post) == other.digest)
    matching.match(lambda post, other: headline_key(post) == other.headline_key)
    matching.match(_is_rewritten)
    return _plan(newest_first, matching.pairs)


def order_newest_first(parsed: list[ParsedPost]) -> list[ParsedPost]:
    """Return the posts newest first; a page that runs from old to new is reversed."""
    if len(parsed) > 1 and parsed[0].published_at < parsed[-1].published_at:
        return parsed[::-1]
    return parsed


def is_same_page(plan: ImportPlan, parsed: Sequence[ParsedPost], imported: Sequence[ImportedPost]) -> bool:
    """Return True if the page is a copy of the imported one: at least half of the shorter is in the longer."""
    matched = len(plan.same) + len(plan.changed)
    return matched > 0 and 2 * matched >= min(len(parsed), len(imported))


def _plan(parsed: list[ParsedPost], pairs: dict[int, ImportedPost]) -> ImportPlan:
    new, same, changed_pairs = [], [], []
    above: ImportedPost | None = None
    for index, post in enumerate(parsed):
        if index not in pairs:
            new.append((post, above))
            continue
        above = pairs[index]
        if text_digest(post) == above.digest:
            same.append(above)
        else:
            changed_pairs.append((above, post))
    return ImportPlan(tuple(new), tuple(same), tuple(changed_pairs))


def _is_rewritten(post: ParsedPost, imported: ImportedPost) -> bool:
    if post.published_at != imported.published_at:
        return False
    words = set(WORD.findall(_normalise(" ".join([post.headline, *post.paragraphs]))))
    other_words = set(WORD.findall(_normalise(f"{imported.headline} {imported.text}")))
    return len(words & other_words) >= MIN_SHARED_WORDS * max(1, len(words | other_words))


def _normalise(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
