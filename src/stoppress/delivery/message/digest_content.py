"""Build the content of a digest from a topic's coverage, given as values. Pure.

A story occurs once, with its present text: a withdrawn post is left out, a corrected one is marked. An alert's own text
is used unless its post has been corrected since. The digest's own sentences are made in every supported language.
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
from stoppress.coverage.localisation.languages import (
    SOURCE_LANGUAGE,
    TRANSLATED_LANGUAGES,
    in_language,
    translated_language,
)
from stoppress.coverage.public_posts import NoteView, PostView
from stoppress.delivery.message.first_sentences import first_sentences
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic_names import localised_topic_name

MAX_DIGEST_ITEMS = 12
"""Maximum number of items in one digest, the most important ones. The others are on the page."""
MAX_SUBJECT_LENGTH = 200
"""Maximum number of characters in a subject."""
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
"""Kinds of notes that a digest shows with a post."""


@dataclass(frozen=True)
class DigestCandidate:
    """One event in the time covered: an alert, a post, or both. `seq` is the newest change of its live blog's log."""

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
        """Return True if readers of the topic got it as an alert."""
        return bool(self.headline)

    @property
    def rank(self) -> tuple[bool, bool, datetime]:
        """Return its importance for sorting: alerts first, then key events, then the newest."""
        return (self.was_alerted, bool(self.post and self.post.key_event), self.at)


@dataclass(frozen=True)
class DigestContent:
    """Everything that a digest's mail contains. Without items there is nothing to send.

    Args:
        items: dictionaries as `Alert.items` stores them.
        more_count: stories that the mail only links to.
        variants: subject, headline and summary in the other languages.
    """

    subject: str
    headline: str
    summary: str
    items: tuple[dict[str, Any], ...]
    variants: Mapping[str, Mapping[str, str]]
    more_count: int = 0


def build_digest(
    topic_name: str,
    frequency: Frequency,
    day: date,
    candidates: Iterable[DigestCandidate],
    *,
    language: str = SOURCE_LANGUAGE,
    max_items: int = MAX_DIGEST_ITEMS,
    max_text_length: int | None = None,
) -> DigestContent:
    """Return the digest of these candidates, newest item first. Of several alerts about one post, the newest counts.

    Args:
        topic_name: name of the topic.
        frequency: morning or evening.
        day: the day of the edition.
        candidates: the events of the time covered.
        language: the digest's own language.
        max_items: the most important ones are shown, and the others are linked.
        max_text_length: maximum number of characters of each text of an item; None: no limit.
    """
    latest = _latest_per_post(
        [candidate for candidate in candidates if not (candidate.post and candidate.post.withdrawn)]
    )
    best = sorted(latest, key=lambda candidate: candidate.rank, reverse=True)[:max_items]
    ranked = [_item(candidate, max_text_length) | {"rank": rank} for rank, candidate in enumerate(best)]
    items = tuple(sorted(ranked, key=lambda item: best[item["rank"]].at, reverse=True))
    values = _DigestValues(topic_name, frequency, day, ranked[0] if ranked else None, len(best), len(latest))
    own = translated_language(language)
    variants_by_language = {tag: _localised_texts(tag, values) for tag in TRANSLATED_LANGUAGES if tag != own}
    more_count = len(latest) - len(best)
    return DigestContent(
        **_localised_texts(own, values), items=items, variants=variants_by_language, more_count=more_count
    )


def digest_subject(frequency: Frequency, topic_name: str, item: Mapping[str, Any]) -> str:
    """Return `Breaking news this morning: Sea wall fails`, in the active language."""
    headline = headline_with_notice(item["notice"], item["headline"])
    return _shorten(SUBJECTS[frequency].format(topic=localised_topic_name(topic_name), headline=headline))


def headline_with_notice(notice: str, headline: str) -> str:
    """Return the headline of a post; if it was corrected or clarified, it begins with that word."""
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


def _latest_per_post(candidates: Iterable[DigestCandidate]) -> list[DigestCandidate]:
    """Return one candidate per post: an alert before a post, the newest first."""
    by_post: dict[UUID | int, DigestCandidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: (candidate.was_alerted, candidate.at), reverse=True):
        by_post.setdefault(candidate.post.id if candidate.post else id(candidate), candidate)
    return list(by_post.values())


def _item(candidate: DigestCandidate, max_text_length: int | None) -> dict[str, Any]:
    """Return an item as `Alert.items` stores it.

    It contains what the mail shows, and what identifies its post for a later correction.
    """
    post, headline, summary = candidate.post, candidate.headline, candidate.summary
    note = _latest_note(post, candidate.at) if post else None
    if post and (note or not candidate.was_alerted):
        headline, summary = post.title, first_sentences(post.text)
    return {
        "blog": candidate.blog_headline,
        "story": candidate.blog_slug,
        "headline": headline,
        "summary": _cut(summary, max_text_length),
        "path": post.path if post else f"/live/{candidate.blog_slug}" if candidate.blog_slug else "/",
        "at": candidate.at.isoformat(),
        "language": candidate.language,
        "notice": note.kind.value if note else "",
        "note": _cut(note.text, max_text_length) if note else "",
        "post": str(post.id) if post else "",
        "seq": candidate.seq,
    }


def _latest_note(post: PostView, since: datetime) -> NoteView | None:
    """Return the newest correction or clarification since then, or None."""
    notes = [note for note in post.notes if note.kind in SHOWN_NOTICES and note.at >= since]
    return notes[-1] if notes else None


@dataclass(frozen=True)
class _DigestValues:
    """The values of a digest's own sentences, independent of language. `first_item` is its most important item."""

    topic: str
    frequency: Frequency
    day: date
    first_item: Mapping[str, Any] | None
    shown_count: int
    found_count: int


def _localised_texts(language: str, values: _DigestValues) -> dict[str, str]:
    with in_language(language):
        weekday, day = dates.weekday_name(values.day), dates.format_day_and_month(values.day)
        return {
            "subject": digest_subject(values.frequency, values.topic, values.first_item) if values.first_item else "",
            "headline": HEADLINES[values.frequency].format(
                topic=localised_topic_name(values.topic), weekday=weekday, date=day
            ),
            "summary": _summary(values),
        }


def _summary(values: _DigestValues) -> str:
    if values.shown_count < values.found_count:
        return str(SELECTIONS[values.frequency].format(shown=values.shown_count, found=values.found_count))
    return story_count_sentence(values.frequency, values.shown_count)


def _shorten(text: str) -> str:
    return _cut(text, MAX_SUBJECT_LENGTH)


def _cut(text: str, limit: int | None) -> str:
    """Return a text of at most `limit` characters; a longer one ends at a word, with an ellipsis."""
    return text if limit is None or len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def find_item_posts(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return the posts of stored items, and the `seq` of each post's live blog when the digest was compiled."""
    return {item["post"]: int(item["seq"]) for item in items if item.get("post")}
