"""Languages of readers: the nearest translation, dates, lists and counts in words, and the direction of writing."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from stoppress.coverage.localisation import dates
from stoppress.coverage.localisation.languages import (
    in_language,
    nearest_tag,
    parse_accept_language,
    text_direction,
    translated_language,
)
from stoppress.coverage.localisation.script_texts import PLURAL_SAMPLES, post_count, script_texts
from stoppress.delivery.message.alert_content import join_names
from stoppress.delivery.message.digest_content import story_count_sentence
from stoppress.subscribers.choices import Frequency

AT = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "20:04 GMT, 8 March 2026"),
        ("de", "20:04 GMT, 8. März 2026"),
        ("fr", "20:04 GMT, 8 mars 2026"),
        ("es", "20:04 GMT, 8 de marzo de 2026"),
        ("uk", "20:04 GMT, 8 березня 2026 року"),
        ("ar", "\u200e20:04 GMT\u200f، 8 مارس 2026"),
    ],
)
def test_format_time_and_date_follows_the_language(language, expected):
    with in_language(language):
        assert dates.format_time_and_date(AT, LONDON) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "8 Mar 2026"),
        ("de", "8. März 2026"),
        ("fr", "8 mars 2026"),
        ("es", "8 mar 2026"),
        ("uk", "8 бер. 2026"),
        ("ar", "8 مارس 2026"),
    ],
)
def test_format_short_date_follows_the_language(language, expected):
    with in_language(language):
        assert dates.format_short_date(AT, LONDON) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Sunday"), ("de", "Sonntag"), ("fr", "dimanche"), ("es", "domingo"), ("uk", "неділя"), ("ar", "الأحد")],
)
def test_weekday_name_follows_the_language(language, expected):
    with in_language(language):
        assert dates.weekday_name(date(2026, 3, 8)) == expected


def test_zone_abbreviation_and_first_day_of_a_month_follow_the_language():
    with in_language("de"):
        assert dates.format_time(AT, ZoneInfo("Europe/Berlin")) == "21:04 MEZ"
    with in_language("fr"):
        assert dates.format_time(AT, ZoneInfo("Europe/Paris")) == "21:04 CET"
        assert dates.format_day_and_month(date(2026, 5, 1)) == "1er mai"
        assert dates.format_date(datetime(2026, 5, 1, 9, tzinfo=UTC), LONDON) == "1er mai 2026"
    with in_language("es"):
        assert dates.format_time(AT, ZoneInfo("America/Bogota")) == "15:04 UTC−5"


def test_format_brief_time_adds_the_date_when_the_day_differs():
    assert dates.format_brief_time(AT, LONDON, AT) == "20:04 GMT"
    assert dates.format_brief_time(AT, LONDON, datetime(2026, 3, 7, 20, tzinfo=UTC)) == "20:04 GMT, 8 March 2026"


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", 1, "One story since yesterday morning."),
        ("de", 1, "Eine Meldung seit gestern Morgen."),
        ("fr", 2, "2 informations depuis hier matin."),
        ("uk", 1, "1 новина від учорашнього ранку."),
        ("uk", 3, "3 новини від учорашнього ранку."),
        ("uk", 11, "11 новин від учорашнього ранку."),
        ("uk", 12, "12 новин від учорашнього ранку."),
        ("uk", 22, "22 новини від учорашнього ранку."),
        ("ar", 2, "خبران منذ صباح أمس."),
        ("ar", 5, "5 أخبار منذ صباح أمس."),
        ("ar", 12, "12 خبرًا منذ صباح أمس."),
    ],
)
def test_story_count_sentence_uses_the_plural_form_of_the_number(language, number, text):
    with in_language(language):
        assert story_count_sentence(Frequency.MORNING, number) == text


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", 0, "No posts yet"),
        ("en", 1, "1 post"),
        ("en", 1204, "1,204 posts"),
        ("de", 1204, "1.204 Beiträge"),
        ("fr", 1204, "1\u00a0204 publications"),
        ("uk", 1204, "1\u00a0204 дописи"),
        ("ar", 1204, "1,204 منشورات"),
        ("ar", 3, "3 منشورات"),
        ("ar", 2, "منشوران"),
    ],
)
def test_post_count_groups_digits_and_uses_the_plural_form(language, number, text):
    with in_language(language):
        assert post_count(number) == text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Ines, Tom and Lena"),
        ("de", "Ines, Tom und Lena"),
        ("fr", "Ines, Tom et Lena"),
        ("es", "Ines, Tom y Lena"),
        ("uk", "Ines, Tom та Lena"),
        ("ar", "Ines، Tom وLena"),
    ],
)
def test_join_names_follows_the_language(language, expected):
    with in_language(language):
        assert join_names(["Ines", "Tom", "Lena"]) == expected


def test_script_texts_have_every_plural_category():
    with in_language("ar"):
        texts = script_texts()
    assert texts["newPosts"] == {
        "zero": "{number} منشور جديد",
        "one": "منشور جديد واحد",
        "two": "منشوران جديدان",
        "few": "{number} منشورات جديدة",
        "many": "{number} منشورًا جديدًا",
        "other": "{number} منشور جديد",
    }
    with in_language("uk"):
        texts = script_texts()
    assert texts["newPosts"] | {"zero": "", "two": "", "other": ""} == {
        "zero": "",
        "one": "{number} новий допис",
        "two": "",
        "few": "{number} нові дописи",
        "many": "{number} нових дописів",
        "other": "",
    }


@pytest.mark.parametrize("language", ["de", "fr", "es", "uk", "ar"])
def test_script_texts_are_all_translated(language):
    with in_language("en"):
        english = script_texts()
    with in_language(language):
        own = script_texts()
    assert own.keys() == english.keys()
    assert [name for name in own if own[name] == english[name] and name not in ("thousands", "between")] == []
    assert all(set(forms) == set(PLURAL_SAMPLES) for forms in own.values() if isinstance(forms, dict))


@pytest.mark.parametrize(
    ("wanted", "translated"),
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
def test_translated_language_returns_the_first_with_a_catalogue_or_english(wanted, translated):
    assert translated_language(*wanted) == translated


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("uz-Arab", "rtl"),
        ("ar-Latn", "ltr"),
        ("en", "ltr"),
        ("", "ltr"),
        ("ps", "rtl"),
        ("sd", "rtl"),
        ("dv", "rtl"),
        ("yi", "rtl"),
        ("ku-Arab", "rtl"),
    ],
)
def test_text_direction_follows_language_and_script(tag, direction):
    assert text_direction(tag) == direction


def test_nearest_tag_is_empty_when_the_tag_is_malformed():
    assert nearest_tag(["de"], "-") == nearest_tag(["de"], "--de") == ""


@pytest.mark.parametrize("header", ["", ",", ";q=1", "de;q=x", "de;q=9", "é", "de" * 300, "a,b,c", "*", "\x00de"])
def test_parse_accept_language_is_empty_when_the_header_is_malformed(header):
    assert parse_accept_language(header) == []
