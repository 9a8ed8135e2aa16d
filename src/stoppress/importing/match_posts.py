"""Which posts of a page are already here? A pure comparison, by words first and by times only where words fail.

    read posts + posts imported before ──► same | changed | new, and where the new ones belong

Times alone prove nothing: a page without dates is read as of today. What was imported stays recorded in each post's
first revision, which no later edit touches; `headline_key` and `digest` are kept beside it so that it can be found.
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
"""Share of words that two texts of the same minute must have in common to be the same post, rewritten."""


@dataclass(frozen=True)
class ImportedPost:
    """One post that an earlier import brought, as it came."""

    id: UUID
    headline_key: str
    digest: str
    published_at: datetime
    headline: str
    text: str
    position: int


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do: `new` in page order, each with the known post it stands right below, if any."""

    new: tuple[tuple[ParsedPost, ImportedPost | None], ...]
    same: tuple[ImportedPost, ...]
    changed: tuple[tuple[ImportedPost, ParsedPost], ...]


@dataclass
class _Matching:
    read: list[ParsedPost]
    known: list[ImportedPost]
    pairs: dict[int, ImportedPost] = field(default_factory=dict)

    def match(self, alike) -> None:  # type: ignore[no-untyped-def]
        """Pair every read post that is still alone with the first known one that is alike."""
        for index, post in enumerate(self.read):
            if index in self.pairs:
                continue
            found = next((known for known in self.known if alike(post, known)), None)
            if found is not None:
                self.pairs[index] = found
                self.known.remove(found)


def headline_key(post: ParsedPost) -> str:
    """By what a post is known again although its text was edited: its headline, or how it begins."""
    return _hash(_plain(post.headline) or _plain(" ".join(post.paragraphs))[:80])


def text_digest(post: ParsedPost) -> str:
    """By what a post is known to be unchanged."""
    return _hash("\n".join([post.headline, *post.paragraphs, *post.bylines]))


def plan_import(read: Iterable[ParsedPost], known: Iterable[ImportedPost]) -> ImportPlan:
    """Pair the posts of a page with those that were imported before; three passes, the surest first."""
    newest_first = order_newest_first(list(read))
    matching = _Matching(newest_first, sorted(known, key=lambda post: -post.position))
    matching.match(lambda post, other: text_digest(post) == other.digest)
    matching.match(lambda post, other: headline_key(post) == other.headline_key)
    matching.match(_rewritten)
    return _plan(newest_first, matching.pairs)


def order_newest_first(read: list[ParsedPost]) -> list[ParsedPost]:
    """The posts from the top of a live page down: a page that runs from old to new is turned round."""
    if len(read) > 1 and read[0].published_at < read[-1].published_at:
        return read[::-1]
    return read


def is_same_page(plan: ImportPlan, read: Sequence[ParsedPost], known: Sequence[ImportedPost]) -> bool:
    """Whether this is a copy of the same page: at least half of the shorter one is in the longer one."""
    matched = len(plan.same) + len(plan.changed)
    return matched > 0 and 2 * matched >= min(len(read), len(known))


def _plan(read: list[ParsedPost], pairs: dict[int, ImportedPost]) -> ImportPlan:
    new, same, changed = [], [], []
    above: ImportedPost | None = None
    for index, post in enumerate(read):
        if index not in pairs:
            new.append((post, above))
            continue
        above = pairs[index]
        if text_digest(post) == above.digest:
            same.append(above)
        else:
            changed.append((above, post))
    return ImportPlan(tuple(new), tuple(same), tuple(changed))


def _rewritten(post: ParsedPost, known: ImportedPost) -> bool:
    if post.published_at != known.published_at:
        return False
    mine = set(WORD.findall(_plain(" ".join([post.headline, *post.paragraphs]))))
    theirs = set(WORD.findall(_plain(f"{known.headline} {known.text}")))
    return len(mine & theirs) >= MIN_SHARED_WORDS * max(1, len(mine | theirs))


def _plain(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
