"""Generated pages in the format of a real one are parsed back, with any names, dates, times and newlines."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.importing.plain_text import parse_page

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROMOTION = "Sign up to our storm alert emails"

NAMES = st.sampled_from(
    [
        "Ines Okafor",
        "Tom Reyer",
        "Lena Voss",
        "Siobhán O’Brien-Smith",
        "J. K. de la Cruz",
        "Åsa Ödegård",
        "Reuters",
        "Sam May",
    ]
)
DATES = st.sampled_from(
    ["{d.day} {d:%B %Y}", "{d.day} {d:%b %Y}", "{d:%B} {d.day}, {d.year}", "{d:%a} {d.day} {d:%b %Y}"]
)
CLOCKS = st.sampled_from(["{d:%H:%M}", "{d:%H.%M}", "{d:%I:%M%p}", "{d:%I.%M} {d:%p}"])
ZONES = st.sampled_from(["Europe/London", "Europe/Kyiv", "America/New_York", "Asia/Kolkata", "UTC"])
WORDS = st.sampled_from(
    ["river", "gate", "harbour", "siren", "mayor", "ferry", "pumps", "quay", "wall", "storm", "market", "ward"]
)
SENTENCES = st.lists(WORDS, min_size=4, max_size=20).map(lambda words: f"The {' '.join(words)}.")
QUOTATIONS = st.lists(WORDS, min_size=4, max_size=12).map(lambda words: f"“The {' '.join(words)},” she said.")
PARAGRAPHS = st.lists(st.one_of(SENTENCES, QUOTATIONS), min_size=1, max_size=4).map(tuple)
HEADINGS = st.tuples(
    st.lists(WORDS, min_size=4, max_size=9), st.sampled_from(["", "?", "!", " ‘to stay’", " “for now”"])
).map(lambda parts: " ".join(parts[0]).capitalize() + parts[1])
FIRST, LAST = datetime.fromisoformat("2021-01-01"), datetime.fromisoformat("2025-12-01")
TIMES = st.datetimes(FIRST, LAST).map(lambda at: at.replace(second=0, microsecond=0))


@dataclass(frozen=True)
class Post:
    headline: str
    bylines: tuple[str, ...]
    local: datetime
    paragraphs: tuple[str, ...]


@st.composite
def posts(draw: st.DrawFn) -> list[Post]:
    at = draw(TIMES)
    generated = []
    for _ in range(draw(st.integers(1, 6))):
        bylines = tuple(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)))
        generated.append(Post(draw(HEADINGS), bylines, at, draw(PARAGRAPHS)))
        at -= timedelta(minutes=draw(st.integers(0, 90)))
    return generated


def render(generated: list[Post], intro: tuple[str, ...], date: str, clock: str, newline: str) -> str:
    lines = [PROMOTION, *intro]
    for post in generated:
        names = " and ".join(filter(None, [", ".join(post.bylines[:-1]), post.bylines[-1]]))
        lines += [post.headline, *post.paragraphs, names + date.format(d=post.local) + " " + clock.format(d=post.local)]
    return newline.join(lines) + newline


@settings(max_examples=250, deadline=None)
@given(posts(), PARAGRAPHS, DATES, CLOCKS, ZONES, st.sampled_from(["\n", "\r\n", "\r", "\n\n", " \n"]), st.booleans())
def test_parse_page_returns_the_posts_that_were_rendered(
    generated: list[Post], intro: tuple[str, ...], date: str, clock: str, zone: str, newline: str, marked: bool
) -> None:
    text = "\ufeff" * marked + render(generated, intro, date, clock, newline)
    page = parse_page(text, zone=ZoneInfo(zone), now=NOW)
    assert page.standfirst == intro
    assert [(p.headline, p.bylines, p.paragraphs) for p in page.posts] == [
        (p.headline, p.bylines, p.paragraphs) for p in generated
    ]
    for parsed, expected in zip(page.posts, generated, strict=True):
        gap = abs(parsed.published_at.replace(tzinfo=None) - expected.local)
        assert gap in (timedelta(0), timedelta(hours=1)) and (
            not gap or any("did not exist" in w for w in page.warnings)
        )
    assert [aside.text for aside in page.set_aside] == [PROMOTION]
    assert page.lost == 0
