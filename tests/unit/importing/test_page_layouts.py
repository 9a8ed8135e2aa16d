"""Invented pages in the other formats in which live pages are copied as text."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import parse_page

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)


def parse_sample(name: str) -> ParsedPage:
    page = parse_page(
        (DATA / f"live-page-{name}.txt").read_text(encoding="utf-8"), zone=ZoneInfo("Europe/London"), now=NOW
    )
    assert page.lost == 0
    return page


def format_times(page: ParsedPage) -> list[str]:
    return [f"{post.published_at:%d %H:%M}" for post in page.posts]


def test_posts_are_found_when_the_time_is_between_heading_and_text() -> None:
    page = parse_sample("time-under-heading")
    assert [post.headline for post in page.posts] == [
        "Divers seen at the hinges of the eastern gate",
        "Pumps from Kettering Sound arrive in the dark",
        "What do we know about the siren?",
    ]
    assert [post.bylines for post in page.posts] == [("Tom Reyer",), ("Lena Voss", "Tom Reyer"), ("Lena Voss",)]
    assert page.headline_given and page.headline.startswith("Storm Maren – live")


def test_missing_days_are_inferred_across_midnight() -> None:
    page = parse_sample("time-under-heading")
    assert format_times(page) == ["02 00:12", "01 23:48", "01 23:05"]
    assert any("date is missing" in warning for warning in page.warnings)


def test_key_points_belong_to_the_introduction() -> None:
    page = parse_sample("time-under-heading")
    assert page.standfirst[1:] == (
        "Floodwater reaches the market hall, river authority says",
        "Ferries ‘will not sail before noon’",
        "Harbour loses its second crane, port says",
    )


def test_posts_are_found_when_a_unix_epoch_precedes_each() -> None:
    page = parse_sample("epochs")
    assert format_times(page) == ["01 21:10", "01 20:10", "01 19:30"]
    assert [post.headline for post in page.posts][1:] == [
        "Second street cleared in the lower wards",
        "Trams run as far as the brewery",
    ]
    assert page.posts[1].labels == ("breaking",)
    assert page.warnings == ()


def test_page_head_is_set_aside_with_a_reason_for_each_line() -> None:
    aside = {line.line: line.reason for line in parse_sample("epochs").set_aside}
    assert aside[5] == "furniture of the live page"
    assert aside[11] == "byline of the whole page"
    assert aside[12] == "byline and time of the whole page"
    assert aside[15] == aside[16] == "promotion: subscription or donation"


def test_inline_times_separate_posts_but_a_listed_schedule_does_not() -> None:
    page = parse_sample("inline-diary")
    assert format_times(page) == ["01 07:50", "01 08:20", "01 11:45"]
    assert page.posts[0].paragraphs[1].startswith("9am: Edda Brandt")
    assert len(page.posts[0].paragraphs) == 5
    assert page.headline == "Storm Maren live blog - Friday 1 November 2024"


def test_broken_paragraph_is_joined() -> None:
    assert "there's a row brewing about the siren" in parse_sample("inline-diary").posts[0].paragraphs[0]


def test_number_and_adjoining_label_are_removed_from_headings() -> None:
    page = parse_sample("numbered-breaking")
    assert [post.headline for post in page.posts] == [
        "That's the last word for tonight...",
        "Harbour loses its second crane",
        "What have we learnt tonight?",
    ]
    assert [post.labels for post in page.posts] == [(), ("breaking",), ()]
    assert format_times(page) == ["01 22:40", "01 21:15", "01 20:05"]


def test_bare_times_separate_posts_and_labels_are_kept() -> None:
    page = parse_sample("bare-times")
    assert format_times(page) == ["02 05:40", "02 04:10", "02 01:05"]
    assert page.posts[0].labels == ("key-event",)
    assert page.posts[0].headline == "Pumps restarted in the lower wards"
    assert page.posts[1].headline == ""


def parse(*lines: str) -> ParsedPage:
    page = parse_page("\n".join(lines), zone=ZoneInfo("UTC"), now=NOW)
    assert page.lost == 0
    return page


def test_list_of_key_events_is_set_aside() -> None:
    summary = ("1 Nov 2024 20.15 GMT", "Gate shut at last")
    page = parse(
        "Storm Maren – live", *summary, *summary, "It shut.", "1 Nov 2024 19.02 GMT", "Divers at the gate", "Two."
    )
    assert [(post.headline, post.paragraphs) for post in page.posts] == [
        ("Gate shut at last", ("It shut.",)),
        ("Divers at the gate", ("Two.",)),
    ]
    assert [aside.line for aside in page.set_aside] == [2, 3]


def test_name_below_each_time_is_a_byline() -> None:
    page = parse(
        "Storm Maren – live", "1 Nov 2024 20:15", "Ines Okafor", "It shut.", "1 Nov 2024 19:02", "Tom Reyer", "Two."
    )
    assert [post.bylines for post in page.posts] == [("Ines Okafor",), ("Tom Reyer",)]


def test_byline_of_the_page_is_set_aside() -> None:
    page = parse(
        "Storm Maren – live", "By INES OKAFOR", "Updated 8:15 PM", "8:15 p.m.", "It shut.", "7:40 p.m.", "Two."
    )
    assert [post.headline for post in page.posts] == ["", ""]
    assert [aside.reason[:6] for aside in page.set_aside] == ["byline", "time o"]


def test_footer_below_trailing_bylines_is_set_aside() -> None:
    post = ("The gate holds for now", "It held.", "Ines Okafor 1 November 2024 20:00")
    page = parse("The port is under water.", *post, *post, "About the Courier", "We are a newspaper.")
    assert [(p.headline, p.paragraphs) for p in page.posts] == [("The gate holds for now", ("It held.",))] * 2
    assert [aside.line for aside in page.set_aside] == [8, 9]
