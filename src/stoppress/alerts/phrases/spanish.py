"""Spanish."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, PagePhrases, Phrases
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
_PAGE = PagePhrases(
    skip="Ir al contenido",
    wrong="¿Hay un error?",
    title="Última hora por correo",
    title_live="La última hora, directa a su correo",
    small_print="Gratis. Sin rastreo. Baja con un clic.",
    sign_up="Inscribirse",
    story="Este tema",
    story_named="Este tema: {topic}",
    email="Dirección de correo",
    trap="Dejar vacío",
    what="Qué enviar",
    often="Con qué frecuencia",
    zone="Su zona horaria",
    own_zone="La de la redacción",
    zone_help="La mañana y la tarde son las de donde usted está.",
    language="Idioma",
    as_written="Como lo escribe la redacción",
    choose_one="Elija al menos uno.",
    gone="Uno de estos ya no se ofrece. Elija de nuevo.",
    check="Compruebe: {title}",
    bad_address="Eso no parece una dirección de correo como name@example.com.",
    too_many="Ha habido muchas inscripciones ahora mismo. Inténtelo de nuevo dentro de una hora.",
    inbox_title="Mire en su correo",
    inbox_to="Hemos enviado un mensaje a {email}.",
    inbox="Le hemos enviado un mensaje.",
    inbox_open="Abra el enlace que contiene y pulse el botón: solo entonces queda inscrito.",
    inbox_nothing="¿Nada al cabo de unos minutos? Mire entre el correo no deseado y compruebe la dirección.",
    confirm_title="Confirme su dirección",
    question="¿Enviar «{topic}» a esta dirección?",
    confirm="Sí, inscribirme",
    not_you="¿No lo ha pedido? Cierre esta página y no llegará nada.",
    confirmed_title="Inscripción confirmada",
    confirmed="Lo que ha pedido llegará a {address} en cuanto haya algo que contar.",
    confirmed_out="Cada mensaje termina con un enlace para darse de baja con un clic.",
    retired="«{topic}» ya no se envía.",
    retired_else="¿Quiere recibir otra cosa?",
    leave_title="¿Dejar «{topic}»?",
    leave="Ya no llegará a {address} desde este momento.",
    left_title="Se ha dado de baja",
    left="«{topic}» ya no llegará a {address}.",
    mistake="¿Ha sido un error? Durante una hora puede deshacerlo.",
    undo="Deshacer",
    undo_title="¿Volver a recibir «{topic}»?",
    undo_means="Seguirá llegando a {address}.",
    undo_button="Sí, seguir enviando",
    back_title="Lo recibe de nuevo",
    back="«{topic}» sigue llegando a {address}.",
    late_title="Esto ya no se puede deshacer aquí",
    late="Ha pasado una hora, o se ha dado de baja otra vez desde entonces. Elija lo que recibe "
    "con el enlace de cualquiera de nuestros mensajes, o inscríbase de nuevo.",
    mute_title="¿Nada más sobre este tema?",
    mute="Las alertas sobre él ya no llegarán a {address}, y los resúmenes lo omitirán. Todo lo demás sigue.",
    mute_button="Silenciar este tema",
    muted_title="Nada más sobre este tema",
    muted="Las alertas sobre él ya no llegan a {address}, y los resúmenes lo omiten. Todo lo demás sigue.",
    heard_title="Volverá a saber de ello",
    heard="Las alertas sobre «{story}» llegan de nuevo a {address}.",
    live="Cobertura en directo",
    back_to_live="Volver a la cobertura en directo",
    damaged_title="Este enlace no funciona",
    damaged="Puede que se haya cortado por el camino. Abra otra vez el enlace del mensaje, o cópielo entero.",
    expired_title="Este enlace ha caducado",
    expired="Vale siete días. Inscríbase de nuevo y le enviaremos otro.",
    rhythms={Rhythm.INSTANT: "En el momento", Rhythm.MORNING: "Cada mañana", Rhythm.EVENING: "Cada tarde"},
)
SPANISH = Phrases("es", _CALENDAR, _MAIL, _DIGEST, _LETTER, _PAGE)
