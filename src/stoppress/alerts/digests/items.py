"""What a digest says: from a topic's coverage as values to items and words. Pure.

One story is told once, with the text that stands now: what was withdrawn is left out, what was corrected says so. An
alert's own words are kept as long as its post has not been corrected since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stoppress.alerts.mail.sentences import first_sentences
from stoppress.alerts.words import Rhythm
from stoppress.coverage.reading import NoteView, PostView
from stoppress.coverage.words import Notice

MOST = 12
"""Items in one digest: what is less important stands on the page."""
LONGEST = 200
"""Characters in a subject."""
PUT_RIGHT = {
    Notice.CORRECTION: ("Corrected", "Correction"),
    Notice.CLARIFICATION: ("Clarified", "Clarification"),
}
"""What stands before the headline of a post that was put right, and before the editor's words about it."""
PART_OF_DAY = {Rhythm.MORNING: "morning", Rhythm.EVENING: "evening"}


@dataclass(frozen=True)
class Told:
    """One thing that happened in the time covered: an alert, a post, or both. `seq` is what its blog's log had then."""

    at: datetime
    blog_slug: str = ""
    blog_headline: str = ""
    headline: str = ""
    summary: str = ""
    post: PostView | None = None
    seq: int = 0

    @property
    def alerted(self) -> bool:
        """Whether readers of the topic had it as an alert."""
        return bool(self.headline)

    @property
    def rank(self) -> tuple[bool, bool, datetime]:
        """How important it is beside others: alerts, then key events, then what is newest."""
        return (self.alerted, bool(self.post and self.post.key_event), self.at)


@dataclass(frozen=True)
class Digest:
    """Everything that a digest's mail says; no items: there is nothing to say."""

    subject: str
    headline: str
    summary: str
    items: tuple[dict[str, Any], ...]


def digest(topic_name: str, rhythm: Rhythm, day: date, told: Iterable[Told]) -> Digest:
    """The digest of what was told, newest first; of alerts about one post the newest counts."""
    chosen = _once([one for one in told if not (one.post and one.post.withdrawn)])
    best = sorted(chosen, key=lambda one: one.rank, reverse=True)[:MOST]
    ranked = [_item(one) | {"rank": rank} for rank, one in enumerate(best)]
    items = tuple(sorted(ranked, key=lambda item: best[item["rank"]].at, reverse=True))
    part = PART_OF_DAY[rhythm]
    return Digest(
        subject=subject_of(topic_name, part, ranked[0]["headline"]) if ranked else "",
        headline=f"{topic_name}: {day:%A} {part}, {day.day} {day:%B}",
        summary=_summary(part, len(best), len(chosen)),
        items=items,
    )


def subject_of(topic_name: str, part: str, headline: str) -> str:
    """`Breaking news this morning: Sea wall fails`."""
    return _shortened(f"{topic_name} this {part}: {headline}")


def _once(told: Iterable[Told]) -> list[Told]:
    found: dict[UUID | int, Told] = {}
    for one in sorted(told, key=lambda one: (one.alerted, one.at), reverse=True):
        found.setdefault(one.post.id if one.post else id(one), one)
    return list(found.values())


def _item(told: Told) -> dict[str, Any]:
    """As `Alert.items` keeps it: what the mail shows, and by what a correction or withdrawal finds it."""
    post, headline, summary = told.post, told.headline, told.summary
    note = _put_right(post, told.at) if post else None
    if post and (note or not told.alerted):
        headline, summary = post.title, first_sentences(post.text)
    if note:
        said, heading = PUT_RIGHT[note.kind]
        headline, summary = f"{said}: {headline}", f"{summary}\n\n{heading}: {note.text}".strip()
    return {
        "blog": told.blog_headline,
        "story": told.blog_slug,
        "headline": headline,
        "summary": summary,
        "path": post.path if post else f"/live/{told.blog_slug}" if told.blog_slug else "/",
        "at": told.at.isoformat(),
        "post": str(post.id) if post else "",
        "seq": told.seq,
    }


def _put_right(post: PostView, since: datetime) -> NoteView | None:
    """The newest correction or clarification since then."""
    found = [note for note in post.notes if note.kind in PUT_RIGHT and note.at >= since]
    return found[-1] if found else None


def _summary(part: str, shown: int, found: int) -> str:
    since = {"morning": "yesterday morning", "evening": "yesterday evening"}[part]
    if shown < found:
        return f"The {shown} most important of {found} stories since {since}."
    return f"{'One story' if shown == 1 else f'{shown} stories'} since {since}."


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def posts_of(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Which posts frozen items are about, with the number of the log that they were read at."""
    return {item["post"]: int(item["seq"]) for item in items if item.get("post")}
