"""English."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, Phrases
from stoppress.alerts.words import Rhythm, Urgency


def _count(number: int) -> str:
    return "One story" if number == 1 else f"{number} stories"


_CALENDAR = Calendar(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    full="{day} {month} {year}",
    short="{day} {month}",
    when="{clock}, {day}",
)
_MAIL = MailPhrases(
    labels={
        Urgency.FLASH: "Breaking news",
        Urgency.ALERT: "Breaking news",
        Urgency.URGENT: "Urgent",
        Urgency.UPDATE: "Update",
        Urgency.CORRECTION: "Correction",
        Urgency.DIGEST: "Digest",
    },
    names="{others} and {last}",
    comma=", ",
    wrong="At {clock} on {day} we sent out: “{subject}”. That was wrong. This is what is so.",
    picture="Picture: {alt}",
    follow="Follow live coverage",
    read_corrected="Read it corrected",
    all_coverage="All live coverage",
    why="You get this because {address} is signed up for “{topic}” from {newsroom}.",
    why_here="You get this because this address is signed up for “{topic}” from {newsroom}:",
    no_tracking="Nothing in this message tells us whether you open it.",
    unsubscribe="Unsubscribe",
    mute="No more about this story",
    choose="Choose what you get",
    choose_when="Choose what you get, and when",
    contact="Something wrong? Tell us: {contact}",
    correction_subject="Correction: {headline}",
)
_DIGEST = DigestPhrases(
    subject={
        Rhythm.MORNING: "{topic} this morning: {headline}",
        Rhythm.EVENING: "{topic} this evening: {headline}",
    },
    headline={
        Rhythm.MORNING: "{topic}: {weekday} morning, {date}",
        Rhythm.EVENING: "{topic}: {weekday} evening, {date}",
    },
    since={
        Rhythm.MORNING: "{stories} since yesterday morning.",
        Rhythm.EVENING: "{stories} since yesterday evening.",
    },
    most={
        Rhythm.MORNING: "The {shown} most important of {found} stories since yesterday morning.",
        Rhythm.EVENING: "The {shown} most important of {found} stories since yesterday evening.",
    },
    count=_count,
    left_out="What you have muted is left out.",
    corrected="Corrected: {headline}",
    correction="Correction: {note}",
    clarified="Clarified: {headline}",
    clarification="Clarification: {note}",
)
_LETTER = LetterPhrases(
    confirm_subject="Please confirm: {topic} from {newsroom}",
    confirm_headline="One step left: please confirm your address",
    confirm_asked="Someone, we hope you, asked for “{topic}” from {newsroom} at this address.",
    confirm_do="Open the page below and press its button. Until then you will get nothing from us.",
    confirm_button="Confirm my address",
    confirm_why="You did not ask for this? Then do nothing: without your confirmation we will not write again. "
    "The link works for seven days.",
    known_subject="You are already signed up for {topic}",
    known_headline="You are already signed up",
    known_asked="Someone, we hope you, asked for “{topic}” from {newsroom} at this address. You already get it, and "
    "nothing has changed.",
    known_button="Choose what you get, or leave",
    known_why="You get this because your address was entered on our sign-up page.",
)
ENGLISH = Phrases("en", _CALENDAR, _MAIL, _DIGEST, _LETTER)
