"""German."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, Phrases
from stoppress.alerts.words import Rhythm, Urgency


def _count(number: int) -> str:
    return "Eine Meldung" if number == 1 else f"{number} Meldungen"


_CALENDAR = Calendar(
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    full="{day}. {month} {year}",
    short="{day}. {month}",
    when="{clock}, {day}",
    zones={"CET": "MEZ", "CEST": "MESZ"},
)
_MAIL = MailPhrases(
    labels={
        Urgency.FLASH: "Eilmeldung",
        Urgency.ALERT: "Eilmeldung",
        Urgency.URGENT: "Dringend",
        Urgency.UPDATE: "Neuer Stand",
        Urgency.CORRECTION: "Korrektur",
        Urgency.DIGEST: "Überblick",
    },
    names="{others} und {last}",
    comma=", ",
    wrong="Um {clock} am {day} haben wir verschickt: „{subject}“. Das war falsch. Richtig ist dies.",
    picture="Bild: {alt}",
    follow="Zur Live-Berichterstattung",
    read_corrected="Die berichtigte Fassung lesen",
    all_coverage="Die gesamte Live-Berichterstattung",
    why="Sie erhalten diese Nachricht, weil {address} bei {newsroom} für „{topic}“ angemeldet ist.",
    why_here="Sie erhalten diese Nachricht, weil diese Adresse bei {newsroom} für „{topic}“ angemeldet ist:",
    no_tracking="Nichts in dieser Nachricht verrät uns, ob Sie sie öffnen.",
    unsubscribe="Abmelden",
    mute="Nichts mehr zu diesem Thema",
    choose="Auswählen, was Sie erhalten",
    choose_when="Auswählen, was Sie wann erhalten",
    contact="Stimmt etwas nicht? Schreiben Sie uns: {contact}",
    correction_subject="Korrektur: {headline}",
)
_DIGEST = DigestPhrases(
    subject={
        Rhythm.MORNING: "{topic} am Morgen: {headline}",
        Rhythm.EVENING: "{topic} am Abend: {headline}",
    },
    headline={
        Rhythm.MORNING: "{topic}: {weekday}morgen, {date}",
        Rhythm.EVENING: "{topic}: {weekday}abend, {date}",
    },
    since={
        Rhythm.MORNING: "{stories} seit gestern Morgen.",
        Rhythm.EVENING: "{stories} seit gestern Abend.",
    },
    most={
        Rhythm.MORNING: "Die {shown} wichtigsten von {found} Meldungen seit gestern Morgen.",
        Rhythm.EVENING: "Die {shown} wichtigsten von {found} Meldungen seit gestern Abend.",
    },
    count=_count,
    left_out="Was Sie stumm geschaltet haben, fehlt.",
    corrected="Berichtigt: {headline}",
    correction="Korrektur: {note}",
    clarified="Klargestellt: {headline}",
    clarification="Klarstellung: {note}",
)
_LETTER = LetterPhrases(
    confirm_subject="Bitte bestätigen: {topic} von {newsroom}",
    confirm_headline="Noch ein Schritt: Bitte bestätigen Sie Ihre Adresse",
    confirm_asked="Jemand, hoffentlich Sie selbst, hat unter dieser Adresse „{topic}“ von {newsroom} bestellt.",
    confirm_do="Öffnen Sie die Seite unten und drücken Sie dort auf den Knopf. Bis dahin erhalten Sie nichts von uns.",
    confirm_button="Meine Adresse bestätigen",
    confirm_why="Sie haben das nicht bestellt? Dann tun Sie nichts: Ohne Ihre Bestätigung schreiben wir nicht wieder. "
    "Der Link gilt sieben Tage.",
    known_subject="Sie sind bereits angemeldet: {topic}",
    known_headline="Sie sind bereits angemeldet",
    known_asked="Jemand, hoffentlich Sie selbst, hat unter dieser Adresse „{topic}“ von {newsroom} bestellt. Sie "
    "erhalten es bereits, und daran hat sich nichts geändert.",
    known_button="Auswählen, was Sie erhalten, oder abmelden",
    known_why="Sie erhalten diese Nachricht, weil Ihre Adresse auf unserer Anmeldeseite eingegeben wurde.",
)
GERMAN = Phrases("de", _CALENDAR, _MAIL, _DIGEST, _LETTER)
