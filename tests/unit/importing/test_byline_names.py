"""Bylines: one name, several, agencies, and what is none."""

import pytest

from stoppress.importing.plain_text.bylines.byline_names import parse_byline


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Ines Okafor",
            "Siobhán O’Brien-Smith",
            "Siobhan O'Brien",
            "J. K. de la Cruz",
            "J.K. Reyer",
            "Ludwig van der Meer",
        ),
        *(
            "Mohammed bin Salim al-Masri",
            "Jean-Pierre d’Arcy",
            "Åsa Ödegård",
            "Martin Voss III",
            "Alex Voss Jr.",
            "INES OKAFOR",
        ),
        *("Sam May", "June Okafor", "Mark Sun", "Dr Ann Lee", "Reuters", "AFP", "PA Media", "Halden Courier staff"),
    ],
)
def test_a_name_stays_whole(name: str) -> None:
    byline = parse_byline(name)
    assert byline and byline.names == (name,) and not byline.left_out


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ann Lee and Bo Chen", ("Ann Lee", "Bo Chen")),
        ("Ann Lee, Bo Chen & Di Eze", ("Ann Lee", "Bo Chen", "Di Eze")),
        ("By Ann Lee, Bo Chen, and Di Eze", ("Ann Lee", "Bo Chen", "Di Eze")),
        ("Ann Lee,Bo Chen", ("Ann Lee", "Bo Chen")),
        ("Ann Lee/Reuters", ("Ann Lee", "Reuters")),
        ("Posted by Ann Lee with agencies", ("Ann Lee", "agencies")),
    ],
)
def test_several_names_are_parted(written: str, names: tuple[str, ...]) -> None:
    byline = parse_byline(written)
    assert byline and byline.names == names


@pytest.mark.parametrize(
    ("written", "left_out"),
    [
        ("Ann Lee in Port Halden", ("in Port Halden",)),
        ("Ann Lee (now)", ("(now)",)),
        ("Ann Lee, Kettering", ("Kettering",)),
        ("Ann Lee, Political correspondent", ("Political correspondent",)),
        ("Ann Lee @annlee", ("@annlee",)),
    ],
)
def test_places_and_roles_are_left_out_and_listed(written: str, left_out: tuple[str, ...]) -> None:
    byline = parse_byline(written)
    assert byline and byline.names == ("Ann Lee",) and byline.left_out == left_out


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Storm nears the port",
            "The Harbour",
            "What Happened Today",
            "Gate shut at last",
            "",
            "–",
            "Water, water",
            "20:00",
        ),
        *("The match was to begin on", "ann lee", "Ann Lee said", "x" * 500),
    ],
)
def test_a_heading_or_a_sentence_is_no_byline(text: str) -> None:
    assert parse_byline(text) is None


@pytest.mark.parametrize("word", ["Madonna", "李明", "Newsdesk2"])
def test_one_word_is_a_byline_only_where_something_else_says_so(word: str) -> None:
    assert parse_byline(word) is None
    loose = parse_byline(word, loose=True)
    assert loose and loose.names == (word,)
