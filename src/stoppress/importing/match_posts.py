"""Match the posts of a page with posts that an earlier import created. Pure functions.

    parsed posts + posts imported before ──► same | changed | new, with the place of the new ones

First the page: it is a copy of the imported one only if the words of at least half of its posts are there, at about
the same time. A heading alone identifies nothing ("Good morning" opens the live page of every day), and neither does a
time. Then the posts: on one page, a heading with its time or with like words is enough. The imported text stays in the
first revision of each post, which no later edit changes. `headline_key` and `digest` are stored with the post so that
it can be found.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from stoppress.importing.parsed_page import ParsedPost

WORD = re.compile(r"\w+")
MIN_SHARED_WORDS = 0.4
"""Minimum share of common words for two texts to be one post that was rewritten."""
MAX_ZONE_DIFFERENCE = timedelta(hours=14)
"""Maximum difference of one post's times if its page was read with two time zones."""


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


_Index = dict[object, list[ImportedPost]]
_Test = Callable[[ParsedPost, ImportedPost], bool]


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do. `new` is in page order; each new post has the existing post right above it, if any.

    `is_same_page` is True if the page is a copy of the imported one: at least half of the shorter is in the longer, by
    posts and by words, counted from posts whose words are equal or alike.
    """

    new: tuple[tuple[ParsedPost, ImportedPost | None], ...]
    same: tuple[ImportedPost, ...]
    changed: tuple[tuple[ImportedPost, ParsedPost], ...]
    is_same_page: bool = False

    @property
    def matched(self) -> int:
        """Number of posts that exist already."""
        return len(self.same) + len(self.changed)


class _Matching:
    """Pairs of parsed and imported posts, each in page order."""

    def __init__(self, parsed: Sequence[ParsedPost], imported: Sequence[ImportedPost]) -> None:
        self.parsed = parsed
        self.by_digest, self.by_key, self.by_time = _index(imported)
        self.used: set[UUID] = set()
        self.pairs: dict[int, ImportedPost] = {}

    def match(self, index: _Index, key: Callable[[ParsedPost], object], is_match: _Test) -> None:
        """Pair each unpaired post with the first unpaired one that has its key in `index` and satisfies `is_match`."""
        for number, post in enumerate(self.parsed):
            if number in self.pairs:
                continue
            others = (other for other in index.get(key(post), ()) if other.id not in self.used)
            match = next((other for other in others if is_match(post, other)), None)
            if match is not None:
                self.pairs[number] = match
                self.used.add(match.id)


def _index(imported: Sequence[ImportedPost]) -> tuple[_Index, _Index, _Index]:
    by_digest, by_key, by_time = _Index(), _Index(), _Index()
    for post in imported:
        by_digest.setdefault(post.digest, []).append(post)
        by_key.setdefault(post.headline_key, []).append(post)
        by_time.setdefault(post.published_at, []).append(post)
    return by_digest, by_key, by_time


def headline_key(post: ParsedPost) -> str:
    """Return the digest of a post's headline, or of its first 80 characters; it survives edits of the text."""
    return _hash(_normalise(post.headline) or _normalise(" ".join(post.paragraphs))[:80])


def text_digest(post: ParsedPost) -> str:
    """Return the digest of a post's whole text, which any edit changes."""
    return _hash("\n".join([post.headline, *post.paragraphs, *post.bylines]))


def plan_import(parsed: Iterable[ParsedPost], imported: Iterable[ImportedPost]) -> ImportPlan:
    """Match the posts of a page with those imported before, from the strictest to the loosest rule."""
    newest_first = order_newest_first(list(parsed))
    existing = sorted(imported, key=lambda post: -post.position)
    matching = _Matching(newest_first, existing)
    matching.match(
        matching.by_digest, text_digest, lambda post, other: _is_near(post, other) or _may_be_near(post, other)
    )
    matching.match(matching.by_key, headline_key, lambda post, other: _is_near(post, other) and _is_alike(post, other))
    matching.match(matching.by_time, _time_of, _is_alike)
    if not (_is_half(matching.pairs, newest_first, existing) or _is_full_copy(newest_first, existing)):
        return _plan(newest_first, matching.pairs)
    matching.match(matching.by_digest, text_digest, lambda post, other: True)
    matching.match(matching.by_key, headline_key, lambda post, other: post.published_at == other.published_at)
    matching.match(matching.by_key, headline_key, lambda post, other: _is_near(post, other) or _is_alike(post, other))
    return replace(_plan(newest_first, matching.pairs), is_same_page=True)


def order_newest_first(parsed: list[ParsedPost]) -> list[ParsedPost]:
    """Return the posts newest first; a page that runs from old to new is reversed."""
    if len(parsed) > 1 and parsed[0].published_at < parsed[-1].published_at:
        return parsed[::-1]
    return parsed


def _is_half(pairs: dict[int, ImportedPost], parsed: Sequence[ParsedPost], imported: Sequence[ImportedPost]) -> bool:
    """Return True if at least half of the shorter page is in the longer one, by posts and by words.

    Words count because pages of different stories share whole short posts ("Thank you for reading").
    """
    matched = sum(len(_words(parsed[number])) for number in pairs)
    shorter = min(sum(map(len, map(_words, parsed))), sum(map(len, map(_imported_words, imported))))
    return bool(pairs) and 2 * len(pairs) >= min(len(parsed), len(imported)) and 2 * matched >= shorter


def _is_full_copy(parsed: Sequence[ParsedPost], imported: Sequence[ImportedPost]) -> bool:
    """Return True if all posts of the shorter page are in the longer one, whatever their days.

    A page without dates is dated from the day of its import, and may be imported again with its day.
    """
    counts, other_counts = Counter(map(text_digest, parsed)), Counter(post.digest for post in imported)
    return (counts & other_counts).total() == min(len(parsed), len(imported)) > 0


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


def _is_alike(post: ParsedPost, imported: ImportedPost) -> bool:
    words, other_words = _words(post), _imported_words(imported)
    return len(words & other_words) >= MIN_SHARED_WORDS * max(1, len(words | other_words))


def _is_near(post: ParsedPost, imported: ImportedPost) -> bool:
    """Return True if the times are those of one post, in whatever time zone the page was read."""
    return abs(post.published_at - imported.published_at) <= MAX_ZONE_DIFFERENCE


def _may_be_near(post: ParsedPost, imported: ImportedPost) -> bool:
    """Return True if the times are equal except for the day, which was assumed."""
    difference = post.published_at - imported.published_at
    return post.day_assumed and difference % timedelta(days=1) == timedelta(0)


def _time_of(post: ParsedPost) -> datetime:
    return post.published_at


def _words(post: ParsedPost) -> set[str]:
    return set(WORD.findall(_normalise(" ".join([post.headline, *post.paragraphs]))))


def _imported_words(post: ImportedPost) -> set[str]:
    return set(WORD.findall(_normalise(f"{post.headline} {post.text}")))


def _normalise(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
