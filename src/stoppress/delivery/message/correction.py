"""Build the part of a correction's mail about the alert that it corrects. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from stoppress.coverage.localisation import dates

MIN_LIKENESS = 0.5
"""Share of equal words above which the words that changed are struck out. Below it, nearly all of them would be."""


@dataclass(frozen=True)
class CorrectedAlert:
    """The alert that a correction corrects.

    Args:
        subject: its subject, in the language in which the reader got it.
        at: when it was sent.
        was_received: False for readers whom it never reached, because the correction replaced it.
    """

    subject: str
    at: datetime
    was_received: bool = True


@dataclass(frozen=True)
class QuotePiece:
    """Some words of the corrected alert. `is_wrong` marks those that the correction removed."""

    text: str
    is_wrong: bool


@dataclass(frozen=True)
class CorrectionBox:
    """The box of a correction's mail, in the active language.

    Args:
        before_title: the heading above the quoted alert.
        quote: the subject of the corrected alert.
        after_title: the heading above the note.
        note: the paragraphs of the editor's note.
        quotation_marks: those of the language, before and after the quote.
    """

    before_title: str
    quote: tuple[QuotePiece, ...]
    after_title: str
    note: tuple[str, ...]
    quotation_marks: tuple[str, str]

    @property
    def quote_text(self) -> str:
        """Return the subject between quotation marks, for plain text."""
        opening, closing = self.quotation_marks
        return f"{opening}{''.join(piece.text for piece in self.quote)}{closing}"


def build_box(corrected: CorrectedAlert, headline: str, note: str, zone: ZoneInfo, sent_at: datetime) -> CorrectionBox:
    """Return the box, in the active language.

    Args:
        corrected: the alert with the error.
        headline: the headline that is right.
        note: what was wrong and what is right.
        zone: the zone of the times.
        sent_at: when the correction is sent; the date is shown if it differs.
    """
    time = _time(corrected.at, zone, sent_at)
    form = _("What we sent you at {time}") if corrected.was_received else _("What an alert said at {time}")
    paragraphs = tuple(" ".join(part.split()) for part in note.split("\n\n") if part.strip())
    quote = tuple(mark_wrong_words(corrected.subject, headline))
    # Translators: the quotation marks of the language, for example „{text}“ in German.
    opening, _text, closing = pgettext("quotation", "“{text}”").partition("{text}")
    return CorrectionBox(form.format(time=time), quote, _("What is right"), paragraphs, (opening, closing))


def correction_reason(corrected: CorrectedAlert, zone: ZoneInfo, sent_at: datetime, address: str = "") -> str:
    """Return why the reader gets the correction: the error went to this address, which follows if it is not given."""
    time = _time(corrected.at, zone, sent_at)
    if address:
        return _("You get this because the alert of {time} went to {address}.").format(time=time, address=address)
    return _("You get this because the alert of {time} went to this address:").format(time=time)


def mark_wrong_words(wrong: str, right: str) -> Iterator[QuotePiece]:
    """Yield `wrong` in pieces. Words that `right` does not contain in this order are marked if the rest is alike."""
    before, after = wrong.split(), right.split()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < MIN_LIKENESS:
        yield QuotePiece(" ".join(before), is_wrong=False)
        return
    end = 0
    for kind, start, stop, _i, _j in matcher.get_opcodes():
        if start == stop:
            continue
        if end:
            yield QuotePiece(" ", is_wrong=False)
        yield QuotePiece(" ".join(before[start:stop]), is_wrong=kind != "equal")
        end = stop


def _time(at: datetime, zone: ZoneInfo, sent_at: datetime) -> str:
    """Return `19:22`, or with the date if that is another day than the correction's: `19:22 on 8 March 2026`."""
    clock = dates.format_time(at, zone)
    if at.astimezone(zone).date() == sent_at.astimezone(zone).date():
        return clock
    # Translators: a time and a date, in sentences such as “What we sent you at 19:22 on 8 March 2026”.
    return _("{time} on {date}").format(time=clock, date=dates.format_date(at, zone))
