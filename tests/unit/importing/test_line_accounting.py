"""For any text, no line is lost or used twice, and only ImportRefusedError is raised."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.importing.errors import ImportRefusedError
from stoppress.importing.plain_text import parse_page
from stoppress.importing.plain_text.line_classifier import classify_lines
from stoppress.importing.plain_text.text_lines import split_lines

NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/London")

LIKELY = st.sampled_from(
    [
        *("Ines Okafor1 November 2024 20:00", "15:43 , Tom Reyer", "1730495400", "8.40am: The day begins."),
        *(
            "Storm Maren nears",
            "The river rose.",
            "“It rose",
            "Breaking",
            "Key event",
            "BreakingGate shut",
            "• A point",
        ),
        *("Sign up to our newsletter", "-----", "[...]", "SOURCE: a page", "By Lena Voss", "Updated at 20:15", "• A"),
        *("Lena Voss", "31 November 2024 20:00", "25:61", "1. First", "01/02/2024 8pm", "Sun 20:00", "", " ", "\u200b"),
        *("30 Feb 12:00", "29 February 20:00", "Okafor29 February 2023 20:00", "1 January 2024 00:00 UTC-12"),
        *("4099999999", "20.15 GMT", "All times are GMT", "1 November 2024", "Monday 4 March", "2024-11-01T20:00Z"),
        *("published at 20:02", "20:02", "20:02 1 November", "Tom Reyer", "Political correspondent", "Storm Maren"),
        *("From CNN's Ines Okafor", "Reporting from Port Halden", "BBC News", "2h ago (20:02 GMT)", "Today at 24:00"),
        *("20:00 Ines Okafor 1 November 2024", "Edited by Lena Voss", "yesterday 20:00", "31 December 9999 24:00"),
        "and so on in small letters after a line that was broken off somewhere in the middle",
    ]
)
PAGES = st.lists(st.one_of(LIKELY, st.text(max_size=40)), max_size=25).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r", "\n\n"]).map(lambda newline: newline.join(lines))
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(PAGES, st.text()))
def test_classify_lines_gives_every_line_exactly_one_role(text: str) -> None:
    lines = split_lines(text)
    try:
        placed = classify_lines(lines).placed_lines()
    except ImportRefusedError:
        return
    assert sorted(map(id, placed)) == sorted(map(id, lines))


@settings(max_examples=400, deadline=None)
@given(st.one_of(PAGES, st.text()))
def test_parse_page_is_pure_or_raises_import_refused_error(text: str) -> None:
    try:
        page = parse_page(text, zone=ZONE, now=NOW)
    except ImportRefusedError as refusal:
        assert str(refusal).endswith(".")
        return
    assert page == parse_page(text, zone=ZONE, now=NOW)
    assert page.lost == 0
    assert page.posts and page.slug and page.headline
    assert all(post.published_at.tzinfo is ZONE for post in page.posts)


@settings(max_examples=200, deadline=None)
@given(PAGES, st.text(max_size=30), st.text(max_size=30))
def test_parse_page_loses_no_line_when_title_and_slug_are_given(text: str, title: str, slug: str) -> None:
    try:
        page = parse_page(text, zone=ZONE, now=NOW, title=title, slug=slug)
    except ImportRefusedError:
        return
    assert page.lost == 0
    assert not title or page.headline == title
