"""English."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, PagePhrases, Phrases
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
_PAGE = PagePhrases(
    skip="Skip to the content",
    wrong="Something wrong?",
    title="Breaking news by email",
    title_live="Breaking news, straight to your inbox",
    small_print="Free. No tracking. Leave with one click.",
    sign_up="Sign up",
    story="This story",
    story_named="This story: {topic}",
    email="Email address",
    trap="Leave this empty",
    what="What to send",
    often="How often",
    zone="Your time zone",
    own_zone="The newsroom’s",
    zone_help="Morning and evening are those where you are.",
    language="Language",
    as_written="As the newsroom writes it",
    choose_one="Choose at least one.",
    gone="One of these cannot be signed up for any more. Please choose again.",
    check="Please check: {title}",
    bad_address="That does not look like an email address, such as name@example.com.",
    too_many="There were many sign-ups just now. Please try again in an hour.",
    inbox_title="Look into your inbox",
    inbox_to="We have sent a message to {email}.",
    inbox="We have sent you a message.",
    inbox_open="Open the link in it and press the button: only then are you signed up.",
    inbox_nothing="Nothing there after some minutes? Look among the unwanted mail, and check the address.",
    confirm_title="Confirm your address",
    question="Send “{topic}” to this address?",
    confirm="Yes, sign me up",
    not_you="You did not ask for this? Close this page, and nothing will come.",
    confirmed_title="You are signed up",
    confirmed="What you asked for will come to {address} as soon as there is something to tell.",
    confirmed_out="Every message ends with a link that lets you leave with one click.",
    retired="“{topic}” is not sent any more.",
    retired_else="Is there something else that you would like to have?",
    leave_title="Leave “{topic}”?",
    leave="It will not come to {address} any more, from this moment on.",
    left_title="You have left",
    left="“{topic}” will not come to {address} any more.",
    mistake="Was that a mistake? For an hour you can take it back.",
    undo="Undo",
    undo_title="Have “{topic}” back?",
    undo_means="It will go on coming to {address}.",
    undo_button="Yes, keep it coming",
    back_title="You have it back",
    back="“{topic}” goes on coming to {address}.",
    late_title="This can no longer be undone here",
    late="An hour has passed, or you have left again since. Choose what you get with the link in "
    "any of our mails, or sign up again.",
    mute_title="No more about this story?",
    mute="Alerts about it will not come to {address} any more, and digests will leave it out. "
    "All else you signed up for goes on.",
    mute_button="Mute this story",
    muted_title="No more about this story",
    muted="Alerts about it do not come to {address} any more, and digests leave it out. "
    "All else you signed up for goes on.",
    heard_title="You hear of it again",
    heard="Alerts about “{story}” come to {address} again.",
    live="Live coverage",
    back_to_live="Back to the live coverage",
    damaged_title="This link does not work",
    damaged="It may have been cut off on its way. Open the link in the mail once more, or copy the whole of it.",
    expired_title="This link has expired",
    expired="It works for seven days. Sign up again, and we send you a new one.",
    rhythms={Rhythm.INSTANT: "At once", Rhythm.MORNING: "Every morning", Rhythm.EVENING: "Every evening"},
)
ENGLISH = Phrases("en", _CALENDAR, _MAIL, _DIGEST, _LETTER, _PAGE)
