"""Parse bylines: one name, several, agencies, and text that is no byline."""

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
def test_parse_byline_keeps_a_name_whole(name: str) -> None:
    byline = parse_byline(name)
    assert byline and byline.names == (name,) and not byline.left_out


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Lee and Bo Chen", ("Ann Lee", "Bo Chen")),
        ("Ann Lee, Bo Chen & Di Eze", ("Ann Lee", "Bo Chen", "Di Eze")),
        ("By Ann Lee, Bo Chen, and Di Eze", ("Ann Lee", "Bo Chen", "Di Eze")),
        ("Ann Lee,Bo Chen", ("Ann Lee", "Bo Chen")),
        ("Ann Lee/Reuters", ("Ann Lee", "Reuters")),
        ("Posted by Ann Lee with agencies", ("Ann Lee", "agencies")),
    ],
)
def test_parse_byline_separates_several_names(text: str, names: tuple[str, ...]) -> None:
    byline = parse_byline(text)
    assert byline and byline.names == names


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("Ann Lee in Port Halden", ("in Port Halden",)),
        ("Ann Lee (now)", ("(now)",)),
        ("Ann Lee, Kettering", ("Kettering",)),
        ("Ann Lee, Political correspondent", ("Political correspondent",)),
        ("Ann Lee @annlee", ("@annlee",)),
    ],
)
def test_parse_byline_lists_places_and_roles_as_left_out(text: str, left_out: tuple[str, ...]) -> None:
    byline = parse_byline(text)
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
def test_parse_byline_is_none_for_headings_and_sentences(text: str) -> None:
    assert parse_byline(text) is None


@pytest.mark.parametrize("word", ["Madonna", "李明", "Newsdesk2"])
def test_parse_byline_accepts_one_word_only_when_loose(word: str) -> None:
    assert parse_byline(word) is None
    loose = parse_byline(word, loose=True)
    assert loose and loose.names == (word,)


def test_parse_byline_takes_an_agency_with_its_place() -> None:
    byline = parse_byline("Reuters in Port Halden")
    assert byline and (byline.names, byline.left_out) == (("Reuters",), ("in Port Halden",))
