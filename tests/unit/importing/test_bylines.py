"""Bylines on separate lines next to a heading or time, and headings that look like names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import parse_page
from stoppress.importing.plain_text.bylines.byline_names import is_role_line

NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)
HEAD = "Storm Maren live: Port Halden under water"
ROLE = "role, agency or place of a reporter"


def parse(*lines: str) -> ParsedPage:
    page = parse_page("\n".join(lines), zone=ZoneInfo("Europe/London"), now=NOW)
    assert page.lost == 0
    return page


def summarise(page: ParsedPage) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(post.headline, post.bylines, post.paragraphs) for post in page.posts]


GATE = ("Gate shut at last", ("Ines Okafor",), ("It has been shut.",))
DIVERS = ("Divers at the hinges", ("Tom Reyer",), ("They went down at seven.",))


def test_byline_is_found_when_a_name_is_repeated_below_the_heading() -> None:
    page = parse(
        *(HEAD, "08.40 GMT", "Gate shut at last", "Ines Okafor", "Ines Okafor", "It has been shut."),
        *("07.40 GMT", "Divers at the hinges", "Tom Reyer", "Tom Reyer", "They went down at seven."),
    )
    assert summarise(page) == [GATE, DIVERS]


def test_byline_is_found_when_a_name_is_repeated_below_the_time() -> None:
    page = parse(
        *(HEAD, "08.40 GMT", "Ines Okafor", "Ines Okafor", "Gate shut at last", "It has been shut."),
        *("07.40 GMT", "Tom Reyer", "Tom Reyer", "Divers at the hinges", "They went down at seven."),
    )
    assert summarise(page) == [GATE, DIVERS]


@pytest.mark.parametrize("role", ["Political correspondent", "BBC News", "BBC News, Port Halden", "Live editor"])
def test_byline_is_found_when_a_role_follows_the_name(role: str) -> None:
    page = parse(
        *(HEAD, "Gate shut at last", "published at 20:02", "20:02", "Ines Okafor", role, "It has been shut."),
        *("Divers at the hinges", "published at 19:02", "19:02", "Tom Reyer", role, "They went down at seven."),
        *("Storm Maren", "published at 18:02", "18:02", "The storm has a name."),
    )
    assert summarise(page) == [GATE, DIVERS, ("Storm Maren", (), ("The storm has a name.",))]
    assert [(aside.text, aside.reason) for aside in page.set_aside] == [(role, ROLE)] * 2


def test_byline_is_found_when_it_is_announced_below_the_heading() -> None:
    page = parse(
        *("8:02 p.m. ET, November 1, 2024", "Gate shut at last", "From CNN's Ines Okafor", "It has been shut."),
        *("7:02 p.m. ET, November 1, 2024", "Divers at the hinges", "From CNN’s Tom Reyer and Lena Voss", "Seven."),
        *("6:02 p.m. ET, November 1, 2024", "Pumps arrive at dusk", "By Lena Voss in Port Halden", "Nine."),
    )
    assert summarise(page) == [
        GATE,
        ("Divers at the hinges", ("Tom Reyer", "Lena Voss"), ("Seven.",)),
        ("Pumps arrive at dusk", ("Lena Voss",), ("Nine.",)),
    ]


def test_place_below_a_byline_is_set_aside() -> None:
    page = parse(
        *("Nov. 1, 2024, 8:02 p.m. ET", "Ines Okafor", "Reporting from Port Halden", "It has been shut."),
        *("Nov. 1, 2024, 7:02 p.m. ET", "Tom Reyer", "They went down at seven."),
    )
    assert summarise(page) == [("", *GATE[1:]), ("", *DIVERS[1:])]
    assert [aside.reason for aside in page.set_aside] == [ROLE]


def test_heading_stays_when_it_has_two_capitalised_words() -> None:
    page = parse(
        *(HEAD, "20:02", "Storm Maren", "The storm has a name.", "19:02", "Divers at the hinges", "They dived."),
        *("18:02", "Port Halden", "The port is closed."),
    )
    assert [post.headline for post in page.posts] == ["Storm Maren", "Divers at the hinges", "Port Halden"]
    assert all(not post.bylines for post in page.posts)


def test_heading_of_two_words_stays_when_a_byline_follows() -> None:
    page = parse(
        *(HEAD, "20:02", "Storm Maren", "Ines Okafor", "Political correspondent", "It has a name."),
        *("19:02", "Divers at the hinges", "They dived."),
    )
    assert summarise(page)[0] == ("Storm Maren", ("Ines Okafor",), ("It has a name.",))


def test_name_stays_text_when_only_one_post_has_one() -> None:
    page = parse(
        *(HEAD, "20:02", "Gate shut at last", "Edda Brandt", "She shut it.", "19:02", "Divers at the hinges", "Two."),
        *("18:02", "Pumps arrive at dusk", "Nine."),
    )
    assert summarise(page)[0] == ("Gate shut at last", (), ("Edda Brandt", "She shut it."))


def test_byline_is_found_when_a_name_recurs_below_headings() -> None:
    page = parse(
        *(HEAD, "20:02", "Gate shut at last", "Ines Okafor", "It has been shut.", "19:02", "Siren sounds", "It did."),
        *("18:02", "Pumps arrive at dusk", "Ines Okafor", "Nine."),
    )
    assert [post.bylines for post in page.posts] == [("Ines Okafor",), (), ("Ines Okafor",)]


@pytest.mark.parametrize(
    "heading", ["Port editor resigns", "Rescue team", "Good news", "Reporting was late, mayor says.", "Why the editor?"]
)
def test_is_role_line_is_false_for_headings(heading: str) -> None:
    assert not is_role_line(heading)


def test_byline_is_kept_when_a_credit_mentions_the_reporter() -> None:
    page = parse(
        *("Nov. 1, 2024, 8:02 p.m. ET", "Ines Okafor", "Ines Okafor reported from Port Halden.", "It has been shut."),
        *("Nov. 1, 2024, 7:02 p.m. ET", "Tom Reyer", "They went down at seven."),
    )
    assert [post.bylines for post in page.posts] == [("Ines Okafor",), ("Tom Reyer",)]


def test_byline_below_the_first_heading_belongs_to_the_post() -> None:
    page = parse(
        *("The port is flooded.", "Gate shut at last", "By Ines Okafor", "It has been shut.", "1 November 2024 20:00"),
        *("Divers at the hinges", "By Tom Reyer", "They went down at seven.", "1 November 2024 19:00"),
    )
    assert summarise(page) == [GATE, DIVERS]


def test_parse_page_warns_when_a_byline_ends_in_a_digit():
    lines = ["The sea is rising.", "Wall holds", "It holds for now.", "Ines Okafor 32 November 2024 20:00"]
    page = parse_page("\n".join(lines), zone=ZoneInfo("UTC"), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert any("“Ines Okafor 3” ends in a digit" in warning for warning in page.warnings)
