"""Spanish."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, Phrases
from stoppress.alerts.words import Rhythm, Urgency


def _count(number: int) -> str:
    return "Una noticia" if number == 1 else f"{number} noticias"


_CALENDAR = Calendar(
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    full="{day} de {month} de {year}",
    short="{day} de {month}",
    when="{clock}, {day}",
)
_MAIL = MailPhrases(
    labels={
        Urgency.FLASH: "Última hora",
        Urgency.ALERT: "Última hora",
        Urgency.URGENT: "Urgente",
        Urgency.UPDATE: "Actualización",
        Urgency.CORRECTION: "Corrección",
        Urgency.DIGEST: "Resumen",
    },
    names="{others} y {last}",
    comma=", ",
    wrong="A las {clock} del {day} enviamos: «{subject}». Era incorrecto. Lo correcto es esto.",
    picture="Imagen: {alt}",
    follow="Seguir la cobertura en directo",
    read_corrected="Leer la versión corregida",
    all_coverage="Toda la cobertura en directo",
    why="Recibe este mensaje porque {address} está inscrita en «{topic}» de {newsroom}.",
    why_here="Recibe este mensaje porque esta dirección está inscrita en «{topic}» de {newsroom}:",
    no_tracking="Nada en este mensaje nos dice si lo abre.",
    unsubscribe="Darse de baja",
    mute="Nada más sobre este tema",
    choose="Elegir lo que recibe",
    choose_when="Elegir lo que recibe y cuándo",
    contact="¿Hay un error? Escríbanos: {contact}",
    correction_subject="Corrección: {headline}",
)
_DIGEST = DigestPhrases(
    subject={
        Rhythm.MORNING: "{topic} esta mañana: {headline}",
        Rhythm.EVENING: "{topic} esta tarde: {headline}",
    },
    headline={
        Rhythm.MORNING: "{topic}: {weekday} por la mañana, {date}",
        Rhythm.EVENING: "{topic}: {weekday} por la tarde, {date}",
    },
    since={
        Rhythm.MORNING: "{stories} desde ayer por la mañana.",
        Rhythm.EVENING: "{stories} desde ayer por la tarde.",
    },
    most={
        Rhythm.MORNING: "Las {shown} más importantes de {found} noticias desde ayer por la mañana.",
        Rhythm.EVENING: "Las {shown} más importantes de {found} noticias desde ayer por la tarde.",
    },
    count=_count,
    left_out="No está lo que ha silenciado.",
    corrected="Corregido: {headline}",
    correction="Corrección: {note}",
    clarified="Aclarado: {headline}",
    clarification="Aclaración: {note}",
)
_LETTER = LetterPhrases(
    confirm_subject="Confirme, por favor: {topic} de {newsroom}",
    confirm_headline="Falta un paso: confirme su dirección",
    confirm_asked="Alguien, esperamos que usted, pidió «{topic}» de {newsroom} en esta dirección.",
    confirm_do="Abra la página de abajo y pulse su botón. Hasta entonces no recibirá nada de nosotros.",
    confirm_button="Confirmar mi dirección",
    confirm_why="¿No lo ha pedido? Entonces no haga nada: sin su confirmación no volveremos a escribir. "
    "El enlace vale siete días.",
    known_subject="Su dirección ya está inscrita: {topic}",
    known_headline="Su dirección ya está inscrita",
    known_asked="Alguien, esperamos que usted, pidió «{topic}» de {newsroom} en esta dirección. Ya lo recibe, y nada "
    "ha cambiado.",
    known_button="Elegir lo que recibe, o darse de baja",
    known_why="Recibe este mensaje porque su dirección se introdujo en nuestra página de inscripción.",
)
SPANISH = Phrases("es", _CALENDAR, _MAIL, _DIGEST, _LETTER)
