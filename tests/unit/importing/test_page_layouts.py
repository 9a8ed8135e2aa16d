"""Twins of the other ways in which live pages reach us as text."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import parse_page

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)


def twin(name: str) -> ParsedPage:
    page = parse_page((DATA / f"twin-{name}.txt").read_text(encoding="utf-8"), zone=ZoneInfo("Europe/London"), now=NOW)
    assert page.lost == 0
    return page


def times(page: ParsedPage) -> list[str]:
    return [f"{post.published_at:%d %H:%M}" for post in page.posts]


def test_a_time_between_heading_and_text() -> None:
    page = twin("time-under-heading")
    assert [post.headline for post in page.posts] == [
        "Divers seen at the hinges of the eastern gate",
        "Pumps from Kettering Sound arrive in the dark",
        "What do we know about the siren?",
    ]
    assert [post.bylines for post in page.posts] == [("Tom Reyer",), ("Lena Voss", "Tom Reyer"), ("Lena Voss",)]
    assert page.headline_given and page.headline.startswith("Storm Maren – live")


def test_days_that_are_missing_are_inferred_across_midnight() -> None:
    page = twin("time-under-heading")
    assert times(page) == ["02 00:12", "01 23:48", "01 23:05"]
    assert any("date is missing" in warning for warning in page.warnings)


def test_key_points_introduce_and_are_no_posts() -> None:
    page = twin("time-under-heading")
    assert page.standfirst[1:] == (
        "Floodwater reaches the market hall, river authority says",
        "Ferries ‘will not sail before noon’",
        "Harbour loses its second crane, port says",
    )


def test_unix_epochs_before_each_post() -> None:
    page = twin("epochs")
    assert times(page) == ["01 21:10", "01 20:10", "01 19:30"]
    assert [post.headline for post in page.posts][1:] == [
        "Second street cleared in the lower wards",
        "Trams run as far as the brewery",
    ]
    assert page.posts[1].labels == ("breaking",)
    assert page.warnings == ()


def test_the_head_of_a_page_is_set_aside_line_by_line() -> None:
    aside = {line.line: line.reason for line in twin("epochs").set_aside}
    assert aside[5] == "furniture of the live page"
    assert aside[11] == "byline of the whole page"
    assert aside[12] == "time of the whole page"
    assert aside[15] == aside[16] == "promotion: subscription or donation"


def test_inline_times_run_forward_and_a_diary_is_no_post() -> None:
    page = twin("inline-diary")
    assert times(page) == ["01 07:50", "01 08:20", "01 11:45"]
    assert page.posts[0].paragraphs[1].startswith("9am: Edda Brandt")
    assert len(page.posts[0].paragraphs) == 5
    assert page.headline == "Storm Maren live blog - Friday 1 November 2024"


def test_a_paragraph_that_the_page_broke_off_is_joined() -> None:
    assert "there's a row brewing about the siren" in twin("inline-diary").posts[0].paragraphs[0]


def test_numbered_posts_with_a_label_glued_to_the_heading() -> None:
    page = twin("numbered-breaking")
    assert [post.headline for post in page.posts] == [
        "That's the last word for tonight...",
        "Harbour loses its second crane",
        "What have we learnt tonight?",
    ]
    assert [post.labels for post in page.posts] == [(), ("breaking",), ()]
    assert times(page) == ["01 22:40", "01 21:15", "01 20:05"]


def test_bare_times_with_labels_and_updates() -> None:
    page = twin("bare-times")
    assert times(page) == ["02 05:40", "02 04:10", "02 01:05"]
    assert page.posts[0].labels == ("key-event",)
    assert page.posts[0].headline == "Pumps restarted in the lower wards"
    assert page.posts[1].headline == ""


def read(*lines: str) -> ParsedPage:
    page = parse_page("\n".join(lines), zone=ZoneInfo("UTC"), now=NOW)
    assert page.lost == 0
    return page


def test_a_list_of_key_events_above_the_posts_is_no_post() -> None:
    summary = ("1 Nov 2024 20.15 GMT", "Gate shut at last")
    page = read(
        "Storm Maren – live", *summary, *summary, "It shut.", "1 Nov 2024 19.02 GMT", "Divers at the gate", "Two."
    )
    assert [(post.headline, post.paragraphs) for post in page.posts] == [
        ("Gate shut at last", ("It shut.",)),
        ("Divers at the gate", ("Two.",)),
    ]
    assert [aside.line for aside in page.set_aside] == [2, 3]


def test_a_name_below_each_time_is_a_byline() -> None:
    page = read(
        "Storm Maren – live", "1 Nov 2024 20:15", "Ines Okafor", "It shut.", "1 Nov 2024 19:02", "Tom Reyer", "Two."
    )
    assert [post.bylines for post in page.posts] == [("Ines Okafor",), ("Tom Reyer",)]


def test_the_byline_of_the_page_is_not_the_heading_of_its_first_post() -> None:
    page = read("Storm Maren – live", "By INES OKAFOR", "Updated 8:15 PM", "8:15 p.m.", "It shut.", "7:40 p.m.", "Two.")
    assert [post.headline for post in page.posts] == ["", ""]
    assert [aside.reason[:6] for aside in page.set_aside] == ["byline", "time o"]


def test_a_footer_below_trailing_bylines_does_not_turn_the_page_round() -> None:
    post = ("The gate holds for now", "It held.", "Ines Okafor 1 November 2024 20:00")
    page = read("The port is under water.", *post, *post, "About the Courier", "We are a newspaper.")
    assert [(p.headline, p.paragraphs) for p in page.posts] == [("The gate holds for now", ("It held.",))] * 2
    assert [aside.line for aside in page.set_aside] == [8, 9]
