"""A page rendered from random posts in any layout, language and order is parsed back exactly."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.importing.plain_text import parse_page

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime.fromisoformat("2019-02-01"), datetime.fromisoformat("2025-11-20")


@dataclass(frozen=True)
class Language:
    """Words of a language; `stop` ends sentences, `date` and `clock` are the usual forms."""

    words: str
    stop: str
    months: str
    date: str
    clock: str
    digits: str = "0123456789"
    name: str = "Mara Lind"

    def day(self, at: datetime) -> str:
        month = self.months.split()[at.month - 1] if self.months else ""
        return self.localise(self.date.format(d=at.day, m=month, n=at.month, y=at.year))

    def hour(self, at: datetime) -> str:
        return self.localise(self.clock.format(h=f"{at.hour:02}", m=f"{at.minute:02}"))

    def localise(self, text: str) -> str:
        return text.translate(str.maketrans("0123456789", self.digits))


LANGUAGES = {
    "en": Language(
        "river gate harbour mayor ferry pumps quay wall market",
        ".",
        "January February March April May June July August September October November December",
        "{d} {m} {y}",
        "{h}:{m}",
    ),
    "de": Language(
        "fluss tor hafen fähre pumpen mauer markt damm brücke",
        ".",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "{d}. {m} {y}",
        "{h}.{m} Uhr",
    ),
    "fr": Language(
        "fleuve porte port mairie bateau pompes quai mur marché",
        ".",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "{d} {m} {y}",
        "{h}h{m}",
    ),
    "es": Language(
        "río puerta puerto alcaldía barco bombas muelle muro mercado",
        ".",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "{d} de {m} de {y}",
        "{h}:{m}",
    ),
    "pt": Language(
        "rio portão porto prefeita barco bombas cais muro mercado",
        ".",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "{d} de {m} de {y}",
        "{h}h{m}",
    ),
    "it": Language(
        "fiume porta porto sindaca barca pompe molo muro mercato",
        ".",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "{d} {m} {y}",
        "{h}.{m}",
    ),
    "nl": Language(
        "rivier poort haven veerboot pompen kade muur markt dijk",
        ".",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "{d} {m} {y}",
        "{h}.{m} uur",
    ),
    "pl": Language(
        "rzeka brama port prom pompy nabrzeże mur rynek tama",
        ".",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "{d} {m} {y}",
        "{h}:{m}",
    ),
    "ru": Language(
        "река ворота порт мэр паром насосы причал стена рынок",
        ".",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "{d} {m} {y}",
        "{h}:{m}",
        name="Мара Линд",
    ),
    "uk": Language(
        "ріка ворота порт мер пором насоси причал стіна ринок",
        ".",
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "{d} {m} {y}",
        "{h}:{m}",
        name="Мара Лінд",
    ),
    "tr": Language(
        "nehir kapı liman vapur pompalar rıhtım duvar pazar baraj",
        ".",
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
        "{d} {m} {y}",
        "{h}.{m}",
    ),
    "ar": Language(
        "نهر بوابة ميناء عمدة عبارة مضخات رصيف جدار سوق",
        ".",
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "{d} {m} {y}",
        "{h}:{m}",
        digits="٠١٢٣٤٥٦٧٨٩",
    ),
    "he": Language(
        "נהר שער נמל עירייה מעבורת משאבות רציף קיר שוק",
        ".",
        "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
        "{d} ב{m} {y}",
        "{h}:{m}",
    ),
    "hi": Language(
        "नदी द्वार बंदरगाह महापौर नाव पंप घाट दीवार बाज़ार",
        "।",
        "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
        "{d} {m} {y}",
        "{h}:{m}",
        digits="०१२३४५६७८९",
    ),
    "ja": Language("川門 港湾 市長 渡船 揚水 岸壁 石壁 市場 堤防", "。", "", "{y}年{n}月{d}日", "{h}時{m}分"),
}


@dataclass(frozen=True)
class Post:
    headline: str
    paragraphs: tuple[str, ...]
    at: datetime


@st.composite
def posts(draw: st.DrawFn, language: Language) -> list[Post]:
    words = st.sampled_from(language.words.split())

    def sentence() -> str:
        return " ".join(draw(st.lists(words, min_size=6, max_size=14))).capitalize() + language.stop

    at = draw(st.datetimes(FIRST, LAST)).replace(second=0, microsecond=0)
    generated = []
    for number in range(draw(st.integers(2, 7))):
        heading = " ".join(draw(st.lists(words, min_size=4, max_size=8))).capitalize() + "!" * (number == 1)
        generated.append(Post(heading, tuple(sentence() for _ in range(draw(st.integers(1, 3)))), at))
        at -= timedelta(minutes=draw(st.integers(1, 11 * 60)))
    return generated


Renderer = Callable[[Language, Post], list[str]]
DATED: dict[str, Renderer] = {
    "name and date below": lambda lg, p: [p.headline, *p.paragraphs, f"{lg.name}, {lg.day(p.at)} {lg.hour(p.at)}"],
    "date above": lambda lg, p: [f"{lg.day(p.at)} {lg.hour(p.at)}", p.headline, *p.paragraphs],
    "date below the heading": lambda lg, p: [p.headline, f"{lg.hour(p.at)}, {lg.day(p.at)}", *p.paragraphs],
    "date in a list": lambda lg, p: [f"  • {lg.day(p.at)}, {lg.hour(p.at)}", p.headline, *p.paragraphs],
    "epoch above": lambda lg, p: [str(int(p.at.replace(tzinfo=UTC).timestamp())), p.headline, *p.paragraphs],
    "ISO time above": lambda lg, p: [f"{p.at:%Y-%m-%dT%H:%M}:00Z", p.headline, *p.paragraphs],
    "title and date": lambda lg, p: [f"{p.headline}published at {lg.hour(p.at)} {lg.day(p.at)}", *p.paragraphs],
}
UNDATED: dict[str, Renderer] = {
    "clock above": lambda lg, p: [lg.hour(p.at), p.headline, *p.paragraphs],
    "clock below the heading": lambda lg, p: [p.headline, lg.hour(p.at), *p.paragraphs],
    "clock and dash": lambda lg, p: [f"{lg.hour(p.at)} – {p.headline}", *p.paragraphs],
    "clock and bar": lambda lg, p: [f"{lg.hour(p.at)} | {p.headline}", *p.paragraphs],
    "clock in brackets": lambda lg, p: [f"[{lg.hour(p.at)}] {p.headline}", *p.paragraphs],
    "plus signs": lambda lg, p: [f"+++ {lg.hour(p.at)}: {p.headline} +++", *p.paragraphs],
}


def render(
    language: Language, generated: list[Post], renderer: Renderer, blank: str, *, day_lines: bool = False
) -> str:
    words = language.words.split()
    lines = [" ".join(words[:6]).capitalize(), " ".join(words[::-1]).capitalize() + language.stop]
    day = None
    for post in generated:
        if day_lines and post.at.date() != day:
            day = post.at.date()
            lines.append(language.day(post.at))
        lines += renderer(language, post)
    return "\n".join(f"{line}{blank}" for line in lines)


def check(text: str, generated: list[Post], day: date | None = None) -> None:
    page = parse_page(text, zone=ZoneInfo("UTC"), now=NOW, day=day)
    assert [(p.headline, p.paragraphs, p.published_at.replace(tzinfo=None)) for p in page.posts] == [
        (p.headline, p.paragraphs, p.at) for p in generated
    ]
    assert page.lost == 0 and len(page.standfirst) == 1


def draw_page(data: st.DataObject) -> tuple[Language, list[Post], str]:
    language = LANGUAGES[data.draw(st.sampled_from(sorted(LANGUAGES)))]
    generated = data.draw(posts(language))
    if data.draw(st.booleans()):
        generated.reverse()
    return language, generated, data.draw(st.sampled_from(["", "\n"]))


@pytest.mark.parametrize("layout", DATED)
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_dated_pages_are_parsed_back(layout: str, data: st.DataObject) -> None:
    language, generated, blank = draw_page(data)
    check(render(language, generated, DATED[layout], blank), generated)


@pytest.mark.parametrize("layout", UNDATED)
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_undated_pages_are_parsed_back_from_the_day_of_the_top_post(layout: str, data: st.DataObject) -> None:
    language, generated, blank = draw_page(data)
    check(render(language, generated, UNDATED[layout], blank), generated, day=generated[0].at.date())


@pytest.mark.parametrize("layout", UNDATED)
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_pages_with_date_lines_are_parsed_back(layout: str, data: st.DataObject) -> None:
    language, generated, blank = draw_page(data)
    check(render(language, generated, UNDATED[layout], blank, day_lines=True), generated)
