"""What we say besides the editors' own words: all of it in every language, with the same facts in it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from stoppress.alerts.phrases import ENGLISH, SPOKEN, Phrases, direction, nearest, phrases_for
from stoppress.alerts.words import Rhythm, Urgency

LANGUAGES = sorted(SPOKEN)
AT = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)
SAME = {"tag", "calendar.full", "calendar.short", "calendar.when", "calendar.first", "mail.comma", "mail.names"}
"""Forms without a word in them: they may be those of English."""


def said(phrases: Phrases) -> dict[str, str]:
    """Every text of a language by its name."""
    return dict(_texts("", phrases))


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(f"{name}.{key}", one)
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _texts(f"{name}.{number}", one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(f"{name}.{one.name}".strip("."), getattr(value, one.name))


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def without_zones(texts: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if not name.startswith("calendar.zones")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language):
    own, english = without_zones(said(SPOKEN[language])), said(ENGLISH)
    assert own.keys() == english.keys()
    assert not [name for name, text in own.items() if not text.strip()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_the_same_facts(language):
    english = said(ENGLISH)
    others = {name: text for name, text in without_zones(said(SPOKEN[language])).items() if name != "digest.count"}
    different = {name for name, text in others.items() if gaps(text) != gaps(english[name])}
    assert not different


@pytest.mark.parametrize("language", sorted(SPOKEN.keys() - {"en"}))
def test_no_language_leaves_a_sentence_in_english(language):
    english = said(ENGLISH)
    left = {name for name, text in without_zones(said(SPOKEN[language])).items() if text == english[name]} - SAME
    left = {name for name in left if not name.startswith("calendar.months")}  # September is September in German
    assert left <= {"mail.labels.urgent"}  # the same word in French


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_days_months_labels_and_rhythms(language):
    phrases = SPOKEN[language]
    assert len(set(phrases.calendar.weekdays)) == 7 and len(set(phrases.calendar.months)) == 12
    assert phrases.mail.labels.keys() == set(Urgency)
    for table in (phrases.digest.subject, phrases.digest.headline, phrases.digest.since, phrases.digest.most):
        assert table.keys() == {Rhythm.MORNING, Rhythm.EVENING}


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "20:04 GMT, 8 March 2026"),
        ("de", "20:04 GMT, 8. März 2026"),
        ("fr", "20:04 GMT, 8 mars 2026"),
        ("es", "20:04 GMT, 8 de marzo de 2026"),
        ("uk", "20:04 GMT, 8 березня 2026 року"),
        ("ar", "20:04 GMT\u200f، 8 مارس 2026"),
    ],
)
def test_a_moment_is_written_in_the_language_with_its_zone(language, written):
    assert SPOKEN[language].calendar.moment(AT, ZoneInfo("Europe/London")) == written


def test_zones_are_named_as_readers_know_them_and_the_first_of_a_month_as_it_is_written():
    assert SPOKEN["de"].calendar.clock(AT, ZoneInfo("Europe/Berlin")) == "21:04 MEZ"
    assert SPOKEN["fr"].calendar.clock(AT, ZoneInfo("Europe/Paris")) == "21:04 CET"
    assert SPOKEN["fr"].calendar.day_and_month(date(2026, 5, 1)) == "1er mai"
    assert SPOKEN["es"].calendar.clock(AT, ZoneInfo("America/Bogota")) == "15:04 UTC−5"


@pytest.mark.parametrize(
    ("language", "number", "count"),
    [
        ("en", 1, "One story"),
        ("de", 1, "Eine Meldung"),
        ("fr", 2, "2 informations"),
        ("uk", 1, "1 новина"),
        ("uk", 3, "3 новини"),
        ("uk", 11, "11 новин"),
        ("uk", 12, "12 новин"),
        ("uk", 22, "22 новини"),
        ("ar", 2, "خبران"),
        ("ar", 5, "5 أخبار"),
        ("ar", 12, "12 خبرًا"),
    ],
)
def test_what_is_counted_agrees_with_its_number(language, number, count):
    assert SPOKEN[language].digest.count(number) == count


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        (("de-AT",), "de"),
        (("DE",), "de"),
        (("cy", "fr"), "fr"),
        (("cy",), "en"),
        (("",), "en"),
        ((), "en"),
        (("x",), "en"),
    ],
)
def test_the_first_language_that_we_speak_is_spoken_and_english_if_there_is_none(asked, spoken):
    assert phrases_for(*asked).tag == spoken


@pytest.mark.parametrize(
    ("tag", "way"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("uz-Arab", "rtl"), ("ar-Latn", "ltr"), ("en", "ltr"), ("", "ltr")],
)
def test_a_language_knows_its_direction(tag, way):
    assert direction(tag) == way


def test_a_tag_that_is_no_tag_is_near_to_nothing():
    assert nearest(["de"], "-") == nearest(["de"], "--de") == ""
