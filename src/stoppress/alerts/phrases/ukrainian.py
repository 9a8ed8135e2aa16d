"""Ukrainian."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, PagePhrases, Phrases
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
_PAGE = PagePhrases(
    skip="Перейти до змісту",
    wrong="Знайшли помилку?",
    title="Термінові новини поштою",
    title_live="Термінові новини просто у вашу скриньку",
    small_print="Безкоштовно. Без стеження. Відписка одним натисканням.",
    sign_up="Підписатися",
    story="Ця тема",
    story_named="Ця тема: {topic}",
    email="Адреса електронної пошти",
    trap="Залиште порожнім",
    what="Що надсилати",
    often="Як часто",
    zone="Ваш часовий пояс",
    own_zone="Часовий пояс редакції",
    zone_help="Ранок і вечір там, де ви є.",
    language="Мова",
    as_written="Так, як пише редакція",
    choose_one="Оберіть щонайменше одне.",
    gone="На щось із цього вже не можна підписатися. Оберіть, будь ласка, знову.",
    check="Перевірте: {title}",
    bad_address="Це не схоже на адресу електронної пошти, як-от name@example.com.",
    too_many="Щойно було багато підписок. Спробуйте, будь ласка, за годину.",
    inbox_title="Погляньте у свою скриньку",
    inbox_to="Ми надіслали листа на {email}.",
    inbox="Ми надіслали вам листа.",
    inbox_open="Відкрийте посилання в ньому й натисніть кнопку: лише тоді підписка діє.",
    inbox_nothing="За кілька хвилин нічого немає? Погляньте серед небажаних листів і перевірте адресу.",
    confirm_title="Підтвердьте свою адресу",
    question="Надсилати «{topic}» на цю адресу?",
    confirm="Так, підписатися",
    not_you="Ви цього не замовляли? Закрийте цю сторінку, і нічого не надійде.",
    confirmed_title="Ви підписалися",
    confirmed="Те, що ви замовили, надходитиме на {address}, щойно буде про що розповісти.",
    confirmed_out="Кожен лист закінчується посиланням, за яким можна відписатися одним натисканням.",
    retired="«{topic}» більше не надсилають.",
    retired_else="Чи бажаєте отримувати щось інше?",
    leave_title="Відписатися від «{topic}»?",
    leave="Відтепер воно більше не надходитиме на {address}.",
    left_title="Ви відписалися",
    left="«{topic}» більше не надходитиме на {address}.",
    mistake="Це була помилка? Протягом години це можна скасувати.",
    undo="Скасувати",
    undo_title="Знову отримувати «{topic}»?",
    undo_means="Воно й далі надходитиме на {address}.",
    undo_button="Так, надсилайте далі",
    back_title="Ви знову це отримуєте",
    back="«{topic}» і далі надходить на {address}.",
    late_title="Тут це вже не можна скасувати",
    late="Минула година, або ви відтоді відписалися знову. Оберіть, що отримувати, за посиланням у "
    "будь-якому нашому листі або підпишіться знову.",
    mute_title="Більше нічого на цю тему?",
    mute="Сповіщення про це більше не надходитимуть на {address}, і в оглядах цього не буде. "
    "Усе інше надходитиме далі.",
    mute_button="Вимкнути цю тему",
    muted_title="Більше нічого на цю тему",
    muted="Сповіщення про це більше не надходять на {address}, і в оглядах цього немає. Усе інше надходить далі.",
    heard_title="Ви знову про це дізнаватиметеся",
    heard="Сповіщення про «{story}» знову надходять на {address}.",
    live="Наживо",
    back_to_live="Назад до трансляції",
    damaged_title="Це посилання не працює",
    damaged="Можливо, воно обірвалося дорогою. Відкрийте посилання в листі ще раз або скопіюйте його повністю.",
    expired_title="Термін дії посилання минув",
    expired="Воно дійсне сім днів. Підпишіться знову, і ми надішлемо нове.",
    rhythms={Rhythm.INSTANT: "Одразу", Rhythm.MORNING: "Щоранку", Rhythm.EVENING: "Щовечора"},
)
UKRAINIAN = Phrases("uk", _CALENDAR, _MAIL, _DIGEST, _LETTER, _PAGE)
