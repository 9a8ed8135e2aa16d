"""What there is to be said, as types. `str.format` fills the braces; every language has the same names in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from stoppress.alerts.phrases.tags import direction
from stoppress.alerts.words import Rhythm, Urgency
from stoppress.coverage.templatetags.times import zone_name
from stoppress.coverage.words import Notice


@dataclass(frozen=True)
class Calendar:
    """Days and times. `first` is how the first of a month is written; `zones` renames zones as readers know them."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    full: str
    short: str
    when: str
    first: str = "1"
    zones: Mapping[str, str] = field(default_factory=dict)

    def clock(self, moment: datetime, zone: ZoneInfo) -> str:
        """`20:04 GMT`."""
        local = moment.astimezone(zone)
        named = zone_name(local)
        return f"{local:%H:%M} {self.zones.get(named, named)}"

    def day(self, moment: datetime, zone: ZoneInfo) -> str:
        """`8 March 2026`."""
        return self._written(self.full, moment.astimezone(zone).date())

    def day_and_month(self, day: date) -> str:
        """`8 March`."""
        return self._written(self.short, day)

    def weekday(self, day: date) -> str:
        """`Sunday`."""
        return self.weekdays[day.weekday()]

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """`20:04 GMT, 8 March 2026`."""
        return self.when.format(clock=self.clock(moment, zone), day=self.day(moment, zone))

    def _written(self, form: str, day: date) -> str:
        number = self.first if day.day == 1 else str(day.day)
        return form.format(day=number, month=self.months[day.month - 1], year=day.year)


@dataclass(frozen=True)
class MailPhrases:
    """What stands around the news in the mail of an alert or digest."""

    labels: Mapping[Urgency, str]
    names: str
    comma: str
    wrong: str
    picture: str
    follow: str
    read_corrected: str
    all_coverage: str
    why: str
    why_here: str
    no_tracking: str
    unsubscribe: str
    mute: str
    choose: str
    choose_when: str
    contact: str
    correction_subject: str

    def joined(self, names: Sequence[str]) -> str:
        """`Ines Okafor, Tom Reyer and Lena Voss`."""
        *others, last = names or ("",)
        return self.names.format(others=self.comma.join(others), last=last) if others else last


@dataclass(frozen=True)
class DigestPhrases:
    """What a digest says of itself. `count` gives `3 stories` for a number."""

    subject: Mapping[Rhythm, str]
    headline: Mapping[Rhythm, str]
    since: Mapping[Rhythm, str]
    most: Mapping[Rhythm, str]
    count: Callable[[int], str]
    left_out: str
    corrected: str
    correction: str
    clarified: str
    clarification: str

    def noticed(self, notice: str, headline: str) -> str:
        """The headline of a post that was put right says so."""
        forms = {Notice.CORRECTION.value: self.corrected, Notice.CLARIFICATION.value: self.clarified}
        return forms[notice].format(headline=headline) if notice in forms else headline

    def noted(self, notice: str, note: str) -> str:
        """The editor's words about what was put right, and what they are."""
        forms = {Notice.CORRECTION.value: self.correction, Notice.CLARIFICATION.value: self.clarification}
        return forms[notice].format(note=note) if notice in forms else ""


@dataclass(frozen=True)
class LetterPhrases:
    """What letters say: one to confirm a wish, one to whoever is signed up already."""

    confirm_subject: str
    confirm_headline: str
    confirm_asked: str
    confirm_do: str
    confirm_button: str
    confirm_why: str
    known_subject: str
    known_headline: str
    known_asked: str
    known_button: str
    known_why: str


@dataclass(frozen=True)
class PagePhrases:
    """What sign-up forms say, and the pages behind the links in mail."""

    skip: str
    wrong: str
    title: str
    title_live: str
    small_print: str
    sign_up: str
    story: str
    story_named: str
    email: str
    trap: str
    what: str
    often: str
    zone: str
    own_zone: str
    zone_help: str
    language: str
    as_written: str
    choose_one: str
    gone: str
    check: str
    bad_address: str
    too_many: str
    inbox_title: str
    inbox_to: str
    inbox: str
    inbox_open: str
    inbox_nothing: str
    confirm_title: str
    question: str
    confirm: str
    not_you: str
    confirmed_title: str
    confirmed: str
    confirmed_out: str
    retired: str
    retired_else: str
    leave_title: str
    leave: str
    left_title: str
    left: str
    mistake: str
    undo: str
    undo_title: str
    undo_means: str
    undo_button: str
    back_title: str
    back: str
    late_title: str
    late: str
    mute_title: str
    mute: str
    mute_button: str
    muted_title: str
    muted: str
    heard_title: str
    heard: str
    live: str
    back_to_live: str
    damaged_title: str
    damaged: str
    expired_title: str
    expired: str
    rhythms: Mapping[Rhythm, str]


@dataclass(frozen=True)
class Phrases:
    """One language."""

    tag: str
    calendar: Calendar
    mail: MailPhrases
    digest: DigestPhrases
    letter: LetterPhrases
    page: PagePhrases

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`."""
        return direction(self.tag)
