"""Arabic, written from right to left. What stands in braces may be of another script: it never begins a sentence."""

from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, Phrases
from stoppress.alerts.words import Rhythm, Urgency


def _count(number: int) -> str:
    """Singular, dual, the plural of three to ten, and the singular again beyond."""
    if number in (1, 2):
        return "خبر واحد" if number == 1 else "خبران"
    rest = number % 100
    if 3 <= rest <= 10:
        return f"{number} أخبار"
    return f"{number} خبرًا" if rest > 10 else f"{number} خبر"


_CALENDAR = Calendar(
    weekdays=("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
    months=(
        *("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو"),
        *("يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
    ),
    full="{day} {month} {year}",
    short="{day} {month}",
    when="{clock}\u200f، {day}",  # the mark keeps the day from joining the Latin letters of the zone
)
_MAIL = MailPhrases(
    labels={
        Urgency.FLASH: "خبر عاجل",
        Urgency.ALERT: "خبر عاجل",
        Urgency.URGENT: "عاجل",
        Urgency.UPDATE: "مستجدات",
        Urgency.CORRECTION: "تصحيح",
        Urgency.DIGEST: "موجز",
    },
    names="{others} و{last}",
    comma="، ",
    wrong="في الساعة {clock} من يوم {day} أرسلنا: «{subject}». كان ذلك خطأ، والصحيح هو ما يلي.",
    picture="صورة: {alt}",
    follow="متابعة التغطية المباشرة",
    read_corrected="قراءة النص المصحح",
    all_coverage="كل التغطيات المباشرة",
    why="تصلك هذه الرسالة لأن العنوان {address} مشترك في «{topic}» من {newsroom}.",
    why_here="تصلك هذه الرسالة لأن هذا العنوان مشترك في «{topic}» من {newsroom}:",
    no_tracking="لا شيء في هذه الرسالة يخبرنا إن كنت قد فتحتها.",
    unsubscribe="إلغاء الاشتراك",
    mute="لا مزيد عن هذا الموضوع",
    choose="اختيار ما يصلك",
    choose_when="اختيار ما يصلك ومتى",
    contact="هل من خطأ؟ راسلنا: {contact}",
    correction_subject="تصحيح: {headline}",
)
_DIGEST = DigestPhrases(
    subject={
        Rhythm.MORNING: "موجز الصباح، {topic}: {headline}",
        Rhythm.EVENING: "موجز المساء، {topic}: {headline}",
    },
    headline={
        Rhythm.MORNING: "موجز {topic}: صباح {weekday}، {date}",
        Rhythm.EVENING: "موجز {topic}: مساء {weekday}، {date}",
    },
    since={
        Rhythm.MORNING: "{stories} منذ صباح أمس.",
        Rhythm.EVENING: "{stories} منذ مساء أمس.",
    },
    most={
        Rhythm.MORNING: "الأهم منذ صباح أمس: {shown} من أصل {found}.",
        Rhythm.EVENING: "الأهم منذ مساء أمس: {shown} من أصل {found}.",
    },
    count=_count,
    left_out="ما كتمته غير مذكور.",
    corrected="مصحح: {headline}",
    correction="تصحيح: {note}",
    clarified="موضح: {headline}",
    clarification="توضيح: {note}",
)
_LETTER = LetterPhrases(
    confirm_subject="يرجى التأكيد: {topic} من {newsroom}",
    confirm_headline="بقيت خطوة واحدة: يرجى تأكيد عنوانك",
    confirm_asked="طلب أحدهم، ونرجو أن تكون أنت، «{topic}» من {newsroom} على هذا العنوان.",
    confirm_do="افتح الصفحة أدناه واضغط على زرها. لن يصلك منا شيء قبل ذلك.",
    confirm_button="تأكيد عنواني",
    confirm_why="لم تطلب هذا؟ لا تفعل شيئًا إذن: لن نكتب مرة أخرى من دون تأكيدك. الرابط صالح لسبعة أيام.",
    known_subject="أنت مشترك بالفعل: {topic}",
    known_headline="أنت مشترك بالفعل",
    known_asked="طلب أحدهم، ونرجو أن تكون أنت، «{topic}» من {newsroom} على هذا العنوان. "
    "إنه يصلك بالفعل، ولم يتغير شيء.",
    known_button="اختيار ما يصلك، أو إلغاء الاشتراك",
    known_why="تصلك هذه الرسالة لأن عنوانك أُدخل في صفحة الاشتراك لدينا.",
)
ARABIC = Phrases("ar", _CALENDAR, _MAIL, _DIGEST, _LETTER)
