"""French. The space before `:`, `?` and inside quotation marks does not break."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, Phrases
from stoppress.alerts.words import Rhythm, Urgency


def _count(number: int) -> str:
    return "Une information" if number == 1 else f"{number} informations"


_CALENDAR = Calendar(
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    full="{day} {month} {year}",
    short="{day} {month}",
    when="{clock}, {day}",
    first="1er",
)
_MAIL = MailPhrases(
    labels={
        Urgency.FLASH: "Dernière minute",
        Urgency.ALERT: "Dernière minute",
        Urgency.URGENT: "Urgent",
        Urgency.UPDATE: "Du nouveau",
        Urgency.CORRECTION: "Rectificatif",
        Urgency.DIGEST: "Résumé",
    },
    names="{others} et {last}",
    comma=", ",
    wrong="À {clock}, le {day}, nous avons envoyé\u00a0: «\u00a0{subject}\u00a0». "
    "C’était inexact. Voici ce qu’il en est.",
    picture="Image\u00a0: {alt}",
    follow="Suivre le direct",
    read_corrected="Lire la version corrigée",
    all_coverage="Tous les directs",
    why="Vous recevez ce message parce que {address} est inscrite à «\u00a0{topic}\u00a0» de {newsroom}.",
    why_here="Vous recevez ce message parce que cette adresse est inscrite "
    "à «\u00a0{topic}\u00a0» de {newsroom}\u00a0:",
    no_tracking="Rien dans ce message ne nous dit si vous l’ouvrez.",
    unsubscribe="Se désinscrire",
    mute="Ne plus rien recevoir sur ce sujet",
    choose="Choisir ce que vous recevez",
    choose_when="Choisir ce que vous recevez, et quand",
    contact="Une erreur\u00a0? Écrivez-nous\u00a0: {contact}",
    correction_subject="Rectificatif\u00a0: {headline}",
)
_DIGEST = DigestPhrases(
    subject={
        Rhythm.MORNING: "{topic} ce matin\u00a0: {headline}",
        Rhythm.EVENING: "{topic} ce soir\u00a0: {headline}",
    },
    headline={
        Rhythm.MORNING: "{topic}\u00a0: {weekday} matin, {date}",
        Rhythm.EVENING: "{topic}\u00a0: {weekday} soir, {date}",
    },
    since={
        Rhythm.MORNING: "{stories} depuis hier matin.",
        Rhythm.EVENING: "{stories} depuis hier soir.",
    },
    most={
        Rhythm.MORNING: "Les {shown} plus importantes des {found} informations depuis hier matin.",
        Rhythm.EVENING: "Les {shown} plus importantes des {found} informations depuis hier soir.",
    },
    count=_count,
    left_out="Les sujets que vous avez coupés n’y sont pas.",
    corrected="Rectifié\u00a0: {headline}",
    correction="Rectificatif\u00a0: {note}",
    clarified="Précisé\u00a0: {headline}",
    clarification="Précision\u00a0: {note}",
)
_LETTER = LetterPhrases(
    confirm_subject="À confirmer\u00a0: {topic} de {newsroom}",
    confirm_headline="Plus qu’une étape\u00a0: confirmez votre adresse",
    confirm_asked="Quelqu’un, vous sans doute, a demandé «\u00a0{topic}\u00a0» de {newsroom} à cette adresse.",
    confirm_do="Ouvrez la page ci-dessous et appuyez sur son bouton. D’ici là, vous ne recevrez rien de nous.",
    confirm_button="Confirmer mon adresse",
    confirm_why="Vous n’avez rien demandé\u00a0? Alors ne faites rien\u00a0: sans votre confirmation, nous n’écrirons "
    "plus. Le lien est valable sept jours.",
    known_subject="Votre adresse est déjà inscrite\u00a0: {topic}",
    known_headline="Votre adresse est déjà inscrite",
    known_asked="Quelqu’un, vous sans doute, a demandé «\u00a0{topic}\u00a0» de {newsroom} à cette adresse. Vous le "
    "recevez déjà, et rien n’a changé.",
    known_button="Choisir ce que vous recevez, ou vous désinscrire",
    known_why="Vous recevez ce message parce que votre adresse a été saisie sur notre page d’inscription.",
)
FRENCH = Phrases("fr", _CALENDAR, _MAIL, _DIGEST, _LETTER)
