"""Formats in which live pages of large publishers are copied, with an invented storm."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import parse_page

NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)
HEAD = "Storm Maren live: Port Halden under water"


def parse(*lines: str) -> ParsedPage:
    page = parse_page("\n".join(lines), zone=ZoneInfo("Europe/London"), now=NOW)
    assert page.lost == 0
    return page


def headings(page: ParsedPage) -> list[str]:
    return [post.headline for post in page.posts]


def format_times(page: ParsedPage) -> list[str]:
    return [f"{post.published_at:%d %H:%M}" for post in page.posts]


def paragraphs_of_posts(page: ParsedPage) -> list[tuple[str, ...]]:
    return [post.paragraphs for post in page.posts]


@pytest.mark.parametrize("stamp", ["published at {0}", "Published at {0} 1 November", "Posted at {0} 1 Nov 2024"])
def test_time_repeated_on_the_next_line_is_one_time(stamp: str) -> None:
    def post(heading: str, clock: str, *more: str) -> tuple[str, ...]:
        return (heading, stamp.format(clock), clock, *more)

    page = parse(
        HEAD,
        *post("Gate shut at last", "20:02", "Breaking", "The gate has been shut."),
        *post("Divers at the hinges", "19:10", "They went down at seven."),
    )
    assert headings(page) == ["Gate shut at last", "Divers at the hinges"]
    assert paragraphs_of_posts(page) == [("The gate has been shut.",), ("They went down at seven.",)]
    assert format_times(page) == ["01 20:02", "01 19:10"]
    assert page.posts[0].labels == ("breaking",)


def test_repeated_time_is_one_time_when_a_label_is_between() -> None:
    page = parse(HEAD, "published at 20:02", "Breaking", "20:02", "Gate shut at last", "It has been shut.")
    assert [(post.headline, post.labels) for post in page.posts] == [("Gate shut at last", ("breaking",))]


@pytest.mark.parametrize("line", ["Join our commenting forum", "Subscribe now for £1 a month", "Topics"])
def test_promotion_at_the_end_of_the_page_is_set_aside(line: str) -> None:
    page = parse("The port is flooded.", "Gate shut at last", "It shut.", "Ines Okafor1 November 2024 20:00", line)
    assert [aside.line for aside in page.set_aside] == [5]
    assert not any("set aside" in warning for warning in page.warnings)


def test_posts_stay_separate_when_they_have_the_same_minute() -> None:
    page = parse(HEAD, "20:02", "Gate shut at last", "It shut.", "20:02", "Divers at the hinges", "They dived.")
    assert headings(page) == ["Gate shut at last", "Divers at the hinges"]


@pytest.mark.parametrize("older", ["{0} 1 November", "Published at {0} 1 Nov 2024", "1 November 2024 {0}"])
def test_date_of_todays_posts_is_inferred_when_older_ones_have_dates(older: str) -> None:
    page = parse(
        *(HEAD, "Gate shut at last", "08:02", "It has been shut.", "Divers at the hinges", "07:10", "They dived."),
        *("Pumps arrive at dusk", older.format("22:00"), "Nine pumps have come."),
        *("Siren sounds once", older.format("21:00"), "It sounded for forty seconds."),
        *("Ferries stop for the night", older.format("20:00"), "None will sail."),
    )
    assert format_times(page) == ["02 08:02", "02 07:10", "01 22:00", "01 21:00", "01 20:00"]
    assert headings(page)[:2] == ["Gate shut at last", "Divers at the hinges"]
    assert page.standfirst == ()


def test_share_buttons_below_a_post_are_set_aside() -> None:
    share = ("Article share tools", "Share this post", "copy link")
    page = parse(
        *(HEAD, "Edited by Ines Okafor and Tom Reyer"),
        *("Posted at 20:02", "Gate shut at last", "It has been shut.", *share),
        *("Posted at 19:02", "Divers at the hinges", "They went down at seven.", *share),
    )
    assert headings(page) == ["Gate shut at last", "Divers at the hinges"]
    assert {aside.text: aside.reason for aside in page.set_aside} == {
        "Edited by Ines Okafor and Tom Reyer": "names of the page's editors",
        **dict.fromkeys(share, "button or menu of the web page"),
    }


def test_heading_stays_when_it_resembles_a_note_on_editors() -> None:
    page = parse(HEAD, "20:02", "Edited by the censor", "The film was cut.", "19:02", "Share price falls", "It fell.")
    assert headings(page) == ["Edited by the censor", "Share price falls"]


@pytest.mark.parametrize(
    "stamp",
    [
        "20:00 {0} 1 November 2024",
        "20:00, {0}, 1 Nov 2024",
        "1 November 2024 {0} 20:00",
        "{0}, 1 November 2024 at 8:00 pm",
        "1 Nov 2024, 20:00 – {0}",
    ],
)
def test_byline_is_found_when_it_is_between_or_beside_time_and_date(stamp: str) -> None:
    one, two = ("Gate shut at last", "It has been shut."), ("Divers at the hinges", "They went down at seven.")
    trailing = parse("The port is flooded.", *one, stamp.format("Ines Okafor"), *two, stamp.format("Tom Reyer"))
    leading = parse(HEAD, stamp.format("Ines Okafor"), *one, stamp.format("Tom Reyer"), *two)
    for page in (trailing, leading):
        assert headings(page) == [one[0], two[0]]
        assert [post.bylines for post in page.posts] == [("Ines Okafor",), ("Tom Reyer",)]
        assert format_times(page) == ["01 20:00", "01 20:00"]


def test_relative_time_before_the_time_is_ignored() -> None:
    page = parse(
        *("Storm Maren live", "12h ago (20:02 GMT)", "Gate shut at last", "It has been shut."),
        *("13h ago", "(19:02 GMT)", "Divers at the hinges", "They went down at seven."),
    )
    assert headings(page) == ["Gate shut at last", "Divers at the hinges"]
    assert format_times(page) == ["01 20:02", "01 19:02"]
    assert any("date is missing" in warning for warning in page.warnings)


@pytest.mark.parametrize(
    "impossible",
    [
        "Ines Okafor31 February 2024 20:00",
        "Ines Okafor1 November 2024 25:61",
        "25:61",
        "31 Nov 2024 18:00",
        "20:75 , Ines Okafor",
        "Ines Okafor, 1 November 2024 at 8:75 pm",
    ],
)
def test_parse_page_warns_of_an_impossible_time_with_its_line(impossible: str) -> None:
    page = parse(
        *("The port is flooded.", "Gate shut at last", "It has been shut.", impossible),
        *("Divers at the hinges", "They went down at seven.", "Ines Okafor1 November 2024 18:00"),
    )
    assert len(page.posts) == 1
    (warning,) = [warning for warning in page.warnings if "no such time" in warning]
    assert "line 4)" in warning


@pytest.mark.parametrize(
    "fine", ["It won 31:29.", "At 25:61 it rose.", "Turnout 13.75", "Psalm 119:105", "31 February", "2:1"]
)
def test_parse_page_does_not_warn_of_other_figures(fine: str) -> None:
    page = parse("The port is flooded.", "Gate shut at last", fine, "It held.", "Ines Okafor1 November 2024 18:00")
    assert not any("no such time" in warning for warning in page.warnings)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1 November 2024 24:00", "02 00:00"),
        ("31 October 2024 24:00", "01 00:00"),
        ("1 November 2024 12 midnight", "01 00:00"),
        ("1 November 2024, noon", "01 12:00"),
        ("today at 08:00", "02 08:00"),
        ("Yesterday, 8pm", "01 20:00"),
        ("20:00 yesterday", "01 20:00"),
    ],
)
def test_special_times_and_relative_days_are_parsed(timestamp: str, expected: str) -> None:
    page = parse("The port is flooded.", "Gate shut at last", "It has been shut.", f"Ines Okafor {timestamp}")
    assert format_times(page) == [expected]
    assert page.posts[0].bylines == ("Ines Okafor",)
    assert any("yesterday" in warning for warning in page.warnings) is ("day" in timestamp)


def test_sentence_stays_text_when_it_begins_with_a_time() -> None:
    page = parse(HEAD, "20:02", "Gate shut at last", "Yesterday at 18:00 it stood open.", "Today at 9am it shut.")
    assert paragraphs_of_posts(page) == [("Yesterday at 18:00 it stood open.", "Today at 9am it shut.")]
