"""French. The space before `:`, `?` and inside quotation marks does not break."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, PagePhrases, Phrases
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
_PAGE = PagePhrases(
    skip="Aller au contenu",
    wrong="Une erreur\u00a0?",
    title="Les dernières nouvelles par e-mail",
    title_live="Les dernières nouvelles, directement dans votre boîte",
    small_print="Gratuit. Sans pistage. Désinscription en un clic.",
    sign_up="S’inscrire",
    story="Ce sujet",
    story_named="Ce sujet\u00a0: {topic}",
    email="Adresse e-mail",
    trap="Laisser vide",
    what="Ce que vous voulez recevoir",
    often="À quel rythme",
    zone="Votre fuseau horaire",
    own_zone="Celui de la rédaction",
    zone_help="Le matin et le soir sont ceux de l’endroit où vous êtes.",
    language="Langue",
    as_written="Comme la rédaction l’écrit",
    choose_one="Choisissez au moins une ligne.",
    gone="L’une de ces lignes n’est plus proposée. Veuillez choisir à nouveau.",
    check="À vérifier\u00a0: {title}",
    bad_address="Cela ne ressemble pas à une adresse e-mail comme name@example.com.",
    too_many="Il y a eu beaucoup d’inscriptions à l’instant. Veuillez réessayer dans une heure.",
    inbox_title="Regardez dans votre boîte",
    inbox_to="Nous avons envoyé un message à {email}.",
    inbox="Nous vous avons envoyé un message.",
    inbox_open="Ouvrez le lien qu’il contient et appuyez sur le bouton\u00a0: votre inscription ne compte qu’ensuite.",
    inbox_nothing="Rien après quelques minutes\u00a0? Regardez parmi les indésirables, et vérifiez l’adresse.",
    confirm_title="Confirmez votre adresse",
    question="Envoyer «\u00a0{topic}\u00a0» à cette adresse\u00a0?",
    confirm="Oui, je m’inscris",
    not_you="Vous n’avez rien demandé\u00a0? Fermez cette page, et rien ne viendra.",
    confirmed_title="C’est confirmé",
    confirmed="Ce que vous avez demandé arrivera à {address} dès qu’il y aura quelque chose à dire.",
    confirmed_out="Chaque message se termine par un lien qui permet de se désinscrire en un clic.",
    retired="«\u00a0{topic}\u00a0» n’est plus envoyé.",
    retired_else="Souhaitez-vous recevoir autre chose\u00a0?",
    leave_title="Ne plus recevoir «\u00a0{topic}\u00a0»\u00a0?",
    leave="Plus rien n’arrivera à {address}, dès maintenant.",
    left_title="C’est fait",
    left="«\u00a0{topic}\u00a0» n’arrivera plus à {address}.",
    mistake="C’était une erreur\u00a0? Pendant une heure, vous pouvez revenir en arrière.",
    undo="Annuler",
    undo_title="Recevoir de nouveau «\u00a0{topic}\u00a0»\u00a0?",
    undo_means="L’envoi à {address} continuera.",
    undo_button="Oui, continuer l’envoi",
    back_title="Vous le recevez de nouveau",
    back="«\u00a0{topic}\u00a0» continue d’arriver à {address}.",
    late_title="Il est trop tard pour annuler ici",
    late="Une heure a passé, ou vous vous êtes désinscrit depuis. Choisissez ce que vous recevez "
    "par le lien de n’importe lequel de nos messages, ou inscrivez-vous à nouveau.",
    mute_title="Plus rien sur ce sujet\u00a0?",
    mute="Les alertes à ce propos n’arriveront plus à {address}, et les résumés l’omettront. Tout le reste continue.",
    mute_button="Ne plus rien recevoir sur ce sujet",
    muted_title="Plus rien sur ce sujet",
    muted="Les alertes à ce propos n’arrivent plus à {address}, et les résumés l’omettent. Tout le reste continue.",
    heard_title="Vous en entendrez de nouveau parler",
    heard="Les alertes sur «\u00a0{story}\u00a0» arrivent de nouveau à {address}.",
    live="Les directs",
    back_to_live="Retour au direct",
    damaged_title="Ce lien ne fonctionne pas",
    damaged="Il a peut-être été coupé en route. Rouvrez le lien du message, ou copiez-le en entier.",
    expired_title="Ce lien a expiré",
    expired="Il est valable sept jours. Inscrivez-vous à nouveau, et nous vous en enverrons un autre.",
    rhythms={Rhythm.INSTANT: "Tout de suite", Rhythm.MORNING: "Chaque matin", Rhythm.EVENING: "Chaque soir"},
)
FRENCH = Phrases("fr", _CALENDAR, _MAIL, _DIGEST, _LETTER, _PAGE)
