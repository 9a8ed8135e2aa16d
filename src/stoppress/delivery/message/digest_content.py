"""What a digest says: from a topic's coverage as values to items and words. Pure.

One story is told once, with the text that stands now: what was withdrawn is left out, what was corrected says so. An
alert's own words are kept as long as its post has not been corrected since. What a digest says of itself is said in
every language that we speak.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from stoppress.coverage.choices import NoteKind
from stoppress.coverage.localisation import dates
from stoppress.coverage.localisation.languages import SOURCE_LANGUAGE, TRANSLATED_LANGUAGES, in_language, translated_language
from stoppress.coverage.public_posts import NoteView, PostView
from stoppress.delivery.message.first_sentences import first_sentences
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic import localised_topic_name

MAX_DIGEST_ITEMS = 12
"""Items in one digest: what is less important stands on the page."""
MAX_SUBJECT_LENGTH = 200
"""Characters in a subject."""
SUBJECTS = {
    Frequency.MORNING: gettext_lazy("{topic} this morning: {headline}"),
    Frequency.EVENING: gettext_lazy("{topic} this evening: {headline}"),
}
HEADLINES = {
    Frequency.MORNING: gettext_lazy("{topic}: {weekday} morning, {date}"),
    Frequency.EVENING: gettext_lazy("{topic}: {weekday} evening, {date}"),
}
SELECTIONS = {
    Frequency.MORNING: gettext_lazy("The {shown} most important of {found} stories since yesterday morning."),
    Frequency.EVENING: gettext_lazy("The {shown} most important of {found} stories since yesterday evening."),
}
SHOWN_NOTICES = (NoteKind.CORRECTION, NoteKind.CLARIFICATION)
"""What is said of a post besides its present text."""


@dataclass(frozen=True)
class DigestCandidate:
    """One thing that happened in the time covered: an alert, a post, or both. `seq` is what its blog's log had then."""

    at: datetime
    blog_slug: str = ""
    blog_headline: str = ""
    headline: str = ""
    summary: str = ""
    post: PostView | None = None
    seq: int = 0
    language: str = ""

    @property
    def was_alerted(self) -> bool:
        """Whether readers of the topic had it as an alert."""
        return bool(self.headline)

    @property
    def rank(self) -> tuple[bool, bool, datetime]:
        """How important it is beside others: alerts, then key events, then what is newest."""
        return (self.was_alerted, bool(self.post and self.post.key_event), self.at)


@dataclass(frozen=True)
class DigestContent:
    """Everything that a digest's mail says; no items: there is nothing to say. `variants` has the other languages."""

    subject: str
    headline: str
    summary: str
    items: tuple[dict[str, Any], ...]
    variants: Mapping[str, Mapping[str, str]]


def build_digest(
    topic_name: str, frequency: Frequency, day: date, told: Iterable[DigestCandidate], *, language: str = SOURCE_LANGUAGE
) -> DigestContent:
    """The digest of what was told, newest first; of alerts about one post the newest counts. `language`: its own."""
    chosen = _once([one for one in told if not (one.post and one.post.withdrawn)])
    best = sorted(chosen, key=lambda one: one.rank, reverse=True)[:MAX_DIGEST_ITEMS]
    ranked = [_item(one) | {"rank": rank} for rank, one in enumerate(best)]
    items = tuple(sorted(ranked, key=lambda item: best[item["rank"]].at, reverse=True))
    facts = _Facts(topic_name, frequency, day, ranked[0] if ranked else None, len(best), len(chosen))
    own = translated_language(language)
    others = {tag: _words(tag, facts) for tag in TRANSLATED_LANGUAGES if tag != own}
    return DigestContent(**_words(own, facts), items=items, variants=others)


def digest_subject(frequency: Frequency, topic_name: str, item: Mapping[str, Any]) -> str:
    """Return `Breaking news this morning: Sea wall fails`, in the active language."""
    headline = headline_with_notice(item["notice"], item["headline"])
    return _shortened(SUBJECTS[frequency].format(topic=localised_topic_name(topic_name), headline=headline))


def headline_with_notice(notice: str, headline: str) -> str:
    """Return the headline of a post; one that was corrected or clarified begins with that word."""
    if notice == NoteKind.CORRECTION:
        return _("Corrected: {headline}").format(headline=headline)
    return _("Clarified: {headline}").format(headline=headline) if notice == NoteKind.CLARIFICATION else headline


def note_with_notice(notice: str, note: str) -> str:
    """Return the editors' note on a post after its kind; empty for kinds that a digest does not show."""
    if notice == NoteKind.CORRECTION:
        return _("Correction: {note}").format(note=note)
    return _("Clarification: {note}").format(note=note) if notice == NoteKind.CLARIFICATION else ""


def story_count_sentence(frequency: Frequency, count: int) -> str:
    """Return `3 stories since yesterday morning.`, in the active language."""
    if frequency is Frequency.MORNING:
        form = ngettext("One story since yesterday morning.", "{number} stories since yesterday morning.", count)
    else:
        form = ngettext("One story since yesterday evening.", "{number} stories since yesterday evening.", count)
    return form.format(number=count)


def _once(told: Iterable[DigestCandidate]) -> list[DigestCandidate]:
    found: dict[UUID | int, DigestCandidate] = {}
    for one in sorted(told, key=lambda one: (one.was_alerted, one.at), reverse=True):
        found.setdefault(one.post.id if one.post else id(one), one)
    return list(found.values())


def _item(told: DigestCandidate) -> dict[str, Any]:
    """As `Alert.items` keeps it: what the mail shows, and by what a correction or withdrawal finds it."""
    post, headline, summary = told.post, told.headline, told.summary
    note = _put_right(post, told.at) if post else None
    if post and (note or not told.was_alerted):
        headline, summary = post.title, first_sentences(post.text)
    return {
        "blog": told.blog_headline,
        "story": told.blog_slug,
        "headline": headline,
        "summary": summary,
        "path": post.path if post else f"/live/{told.blog_slug}" if told.blog_slug else "/",
        "at": told.at.isoformat(),
        "language": told.language,
        "notice": note.kind.value if note else "",
        "note": note.text if note else "",
        "post": str(post.id) if post else "",
        "seq": told.seq,
    }


def _put_right(post: PostView, since: datetime) -> NoteView | None:
    """The newest correction or clarification since then."""
    found = [note for note in post.notes if note.kind in SHOWN_NOTICES and note.at >= since]
    return found[-1] if found else None


@dataclass(frozen=True)
class _Facts:
    """What a digest says of itself, before it is said in any language. `first` is its most important item."""

    topic: str
    frequency: Frequency
    day: date
    first: Mapping[str, Any] | None
    shown: int
    found: int


def _words(language: str, facts: _Facts) -> dict[str, str]:
    with in_language(language):
        weekday, day = dates.weekday_name(facts.day), dates.format_day_and_month(facts.day)
        return {
            "subject": digest_subject(facts.frequency, facts.topic, facts.first) if facts.first else "",
            "headline": HEADLINES[facts.frequency].format(topic=localised_topic_name(facts.topic), weekday=weekday, date=day),
            "summary": _summary(facts),
        }


def _summary(facts: _Facts) -> str:
    if facts.shown < facts.found:
        return str(SELECTIONS[facts.frequency].format(shown=facts.shown, found=facts.found))
    return story_count_sentence(facts.frequency, facts.shown)


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_SUBJECT_LENGTH else text[: MAX_SUBJECT_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def find_item_posts(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Which posts frozen items are about, with the number of the log that they were read at."""
    return {item["post"]: int(item["seq"]) for item in items if item.get("post")}
