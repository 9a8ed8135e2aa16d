"""German."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, PagePhrases, Phrases
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
_PAGE = PagePhrases(
    skip="Zum Inhalt springen",
    wrong="Stimmt etwas nicht?",
    title="Eilmeldungen per E-Mail",
    title_live="Eilmeldungen direkt in Ihr Postfach",
    small_print="Kostenlos. Ohne Nachverfolgung. Mit einem Klick wieder abgemeldet.",
    sign_up="Anmelden",
    story="Dieses Thema",
    story_named="Dieses Thema: {topic}",
    email="E-Mail-Adresse",
    trap="Bitte leer lassen",
    what="Was wir schicken sollen",
    often="Wie oft",
    zone="Ihre Zeitzone",
    own_zone="Die der Redaktion",
    zone_help="Morgen und Abend sind die an Ihrem Ort.",
    language="Sprache",
    as_written="So, wie die Redaktion schreibt",
    choose_one="Wählen Sie mindestens eines aus.",
    gone="Eines davon kann nicht mehr bestellt werden. Bitte wählen Sie neu.",
    check="Bitte prüfen: {title}",
    bad_address="Das sieht nicht nach einer E-Mail-Adresse wie name@example.com aus.",
    too_many="Gerade gab es sehr viele Anmeldungen. Bitte versuchen Sie es in einer Stunde noch einmal.",
    inbox_title="Sehen Sie in Ihr Postfach",
    inbox_to="Wir haben eine Nachricht an {email} geschickt.",
    inbox="Wir haben Ihnen eine Nachricht geschickt.",
    inbox_open="Öffnen Sie den Link darin und drücken Sie auf den Knopf: Erst dann sind Sie angemeldet.",
    inbox_nothing="Nach einigen Minuten noch nichts? Sehen Sie im Spam-Ordner nach und prüfen Sie die Adresse.",
    confirm_title="Bestätigen Sie Ihre Adresse",
    question="„{topic}“ an diese Adresse schicken?",
    confirm="Ja, bitte anmelden",
    not_you="Sie haben das nicht bestellt? Schließen Sie diese Seite, und es kommt nichts.",
    confirmed_title="Sie sind angemeldet",
    confirmed="Was Sie bestellt haben, kommt an {address}, sobald es etwas zu berichten gibt.",
    confirmed_out="Jede Nachricht endet mit einem Link, mit dem Sie sich mit einem Klick abmelden.",
    retired="„{topic}“ wird nicht mehr verschickt.",
    retired_else="Möchten Sie etwas anderes bestellen?",
    leave_title="„{topic}“ abbestellen?",
    leave="Es kommt dann ab sofort nicht mehr an {address}.",
    left_title="Sie sind abgemeldet",
    left="„{topic}“ kommt nicht mehr an {address}.",
    mistake="War das ein Versehen? Eine Stunde lang können Sie es zurücknehmen.",
    undo="Zurücknehmen",
    undo_title="„{topic}“ wieder erhalten?",
    undo_means="Es kommt dann weiter an {address}.",
    undo_button="Ja, weiter schicken",
    back_title="Sie erhalten es wieder",
    back="„{topic}“ kommt weiter an {address}.",
    late_title="Das lässt sich hier nicht mehr zurücknehmen",
    late="Eine Stunde ist vorbei, oder Sie haben sich danach noch einmal abgemeldet. Wählen Sie "
    "über den Link in einer unserer Nachrichten aus, was Sie erhalten, oder melden Sie sich "
    "neu an.",
    mute_title="Nichts mehr zu diesem Thema?",
    mute="Meldungen dazu kommen dann nicht mehr an {address}, und in Überblicken fehlt es. Alles andere kommt weiter.",
    mute_button="Dieses Thema stumm schalten",
    muted_title="Nichts mehr zu diesem Thema",
    muted="Meldungen dazu kommen nicht mehr an {address}, und in Überblicken fehlt es. Alles andere kommt weiter.",
    heard_title="Sie hören wieder davon",
    heard="Meldungen zu „{story}“ kommen wieder an {address}.",
    live="Live-Berichterstattung",
    back_to_live="Zurück zur Live-Berichterstattung",
    damaged_title="Dieser Link funktioniert nicht",
    damaged="Vielleicht wurde er unterwegs abgeschnitten. Öffnen Sie den Link in der Nachricht noch "
    "einmal, oder kopieren Sie ihn ganz.",
    expired_title="Dieser Link ist abgelaufen",
    expired="Er gilt sieben Tage. Melden Sie sich noch einmal an, dann schicken wir Ihnen einen neuen.",
    rhythms={Rhythm.INSTANT: "Sofort", Rhythm.MORNING: "Jeden Morgen", Rhythm.EVENING: "Jeden Abend"},
)
GERMAN = Phrases("de", _CALENDAR, _MAIL, _DIGEST, _LETTER, _PAGE)
