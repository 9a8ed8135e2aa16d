"""Ukrainian."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, Phrases
from stoppress.alerts.words import Rhythm, Urgency


def _count(number: int) -> str:
    """By the rules of Slavic numbers: 1 and 21, 2 to 4 and 22 to 24, all others."""
    last, teen = number % 10, number % 100 in range(11, 15)
    if last == 1 and not teen:
        return f"{number} новина"
    return f"{number} новини" if last in (2, 3, 4) and not teen else f"{number} новин"


_CALENDAR = Calendar(
    weekdays=("понеділок", "вівторок", "середа", "четвер", "п’ятниця", "субота", "неділя"),
    months=(
        *("січня", "лютого", "березня", "квітня", "травня", "червня"),
        *("липня", "серпня", "вересня", "жовтня", "листопада", "грудня"),
    ),
    full="{day} {month} {year} року",
    short="{day} {month}",
    when="{clock}, {day}",
)
_MAIL = MailPhrases(
    labels={
        Urgency.FLASH: "Термінова новина",
        Urgency.ALERT: "Термінова новина",
        Urgency.URGENT: "Терміново",
        Urgency.UPDATE: "Оновлення",
        Urgency.CORRECTION: "Виправлення",
        Urgency.DIGEST: "Огляд",
    },
    names="{others} та {last}",
    comma=", ",
    wrong="{day} о {clock} ми надіслали: «{subject}». Це була помилка. Насправді так.",
    picture="Зображення: {alt}",
    follow="Стежити наживо",
    read_corrected="Прочитати виправлене",
    all_coverage="Усі трансляції наживо",
    why="Ви отримали цей лист, бо {address} підписано на «{topic}» від {newsroom}.",
    why_here="Ви отримали цей лист, бо цю адресу підписано на «{topic}» від {newsroom}:",
    no_tracking="Ніщо в цьому листі не повідомляє нам, чи ви його відкрили.",
    unsubscribe="Відписатися",
    mute="Більше нічого на цю тему",
    choose="Обрати, що отримувати",
    choose_when="Обрати, що й коли отримувати",
    contact="Знайшли помилку? Напишіть нам: {contact}",
    correction_subject="Виправлення: {headline}",
)
_DIGEST = DigestPhrases(
    subject={
        Rhythm.MORNING: "{topic} цього ранку: {headline}",
        Rhythm.EVENING: "{topic} цього вечора: {headline}",
    },
    headline={
        Rhythm.MORNING: "{topic}: {weekday}, ранок, {date}",
        Rhythm.EVENING: "{topic}: {weekday}, вечір, {date}",
    },
    since={
        Rhythm.MORNING: "{stories} від учорашнього ранку.",
        Rhythm.EVENING: "{stories} від учорашнього вечора.",
    },
    most={
        Rhythm.MORNING: "Найважливіше від учорашнього ранку: {shown} із {found}.",
        Rhythm.EVENING: "Найважливіше від учорашнього вечора: {shown} із {found}.",
    },
    count=_count,
    left_out="Вимкнені вами теми пропущено.",
    corrected="Виправлено: {headline}",
    correction="Виправлення: {note}",
    clarified="Уточнено: {headline}",
    clarification="Уточнення: {note}",
)
_LETTER = LetterPhrases(
    confirm_subject="Підтвердьте, будь ласка: {topic} від {newsroom}",
    confirm_headline="Лишився один крок: підтвердьте свою адресу",
    confirm_asked="Хтось, сподіваємося, ви, замовив «{topic}» від {newsroom} на цю адресу.",
    confirm_do="Відкрийте сторінку нижче й натисніть на ній кнопку. До того ви від нас нічого не отримаєте.",
    confirm_button="Підтвердити адресу",
    confirm_why="Ви цього не замовляли? Тоді нічого не робіть: без вашого підтвердження ми більше не напишемо. "
    "Посилання дійсне сім днів.",
    known_subject="Ви вже підписані: {topic}",
    known_headline="Ви вже підписані",
    known_asked="Хтось, сподіваємося, ви, замовив «{topic}» від {newsroom} на цю адресу. Ви це вже отримуєте, і нічого "
    "не змінилося.",
    known_button="Обрати, що отримувати, або відписатися",
    known_why="Ви отримали цей лист, бо вашу адресу ввели на нашій сторінці підписки.",
)
UKRAINIAN = Phrases("uk", _CALENDAR, _MAIL, _DIGEST, _LETTER)
