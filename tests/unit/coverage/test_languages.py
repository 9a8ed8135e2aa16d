"""Languages of readers: the nearest translation, dates, lists and counts in words, and the direction of writing."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from stoppress.coverage.localisation import dates
from stoppress.coverage.localisation.languages import (
    parse_accept_language,
    text_direction,
    in_language,
    nearest_tag,
    translated_language,
)
from stoppress.coverage.localisation.script_texts import PLURAL_SAMPLES, post_count, script_texts
from stoppress.delivery.message.alert_content import join_names
from stoppress.delivery.message.digest_content import story_count_sentence
from stoppress.subscribers.choices import Frequency

AT = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "20:04 GMT, 8 March 2026"),
        ("de", "20:04 GMT, 8. März 2026"),
        ("fr", "20:04 GMT, 8 mars 2026"),
        ("es", "20:04 GMT, 8 de marzo de 2026"),
        ("uk", "20:04 GMT, 8 березня 2026 року"),
        ("ar", "\u200e20:04 GMT\u200f، 8 مارس 2026"),
    ],
)
def test_moment_is_written_in_the_language_with_its_zone(language, written):
    with in_language(language):
        assert dates.format_time_and_date(AT, LONDON) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "8 Mar 2026"),
        ("de", "8. März 2026"),
        ("fr", "8 mars 2026"),
        ("es", "8 mar 2026"),
        ("uk", "8 бер. 2026"),
        ("ar", "8 مارس 2026"),
    ],
)
def test_short_day_is_written_in_the_language(language, written):
    with in_language(language):
        assert dates.format_short_date(AT, LONDON) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "Sunday"), ("de", "Sonntag"), ("fr", "dimanche"), ("es", "domingo"), ("uk", "неділя"), ("ar", "الأحد")],
)
def test_weekday_is_written_in_the_language(language, written):
    with in_language(language):
        assert dates.weekday_name(date(2026, 3, 8)) == written


def test_zone_names_and_the_first_of_a_month_follow_the_language():
    with in_language("de"):
        assert dates.format_time(AT, ZoneInfo("Europe/Berlin")) == "21:04 MEZ"
    with in_language("fr"):
        assert dates.format_time(AT, ZoneInfo("Europe/Paris")) == "21:04 CET"
        assert dates.format_day_and_month(date(2026, 5, 1)) == "1er mai"
        assert dates.format_date(datetime(2026, 5, 1, 9, tzinfo=UTC), LONDON) == "1er mai 2026"
    with in_language("es"):
        assert dates.format_time(AT, ZoneInfo("America/Bogota")) == "15:04 UTC−5"


def test_date_stands_beside_a_time_only_if_it_is_another_day():
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
def test_count_agrees_with_its_number(language, number, text):
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
def test_number_of_posts_is_grouped_and_counted_as_the_language_does(language, number, text):
    with in_language(language):
        assert post_count(number) == text


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Ines, Tom and Lena"),
        ("de", "Ines, Tom und Lena"),
        ("fr", "Ines, Tom et Lena"),
        ("es", "Ines, Tom y Lena"),
        ("uk", "Ines, Tom та Lena"),
        ("ar", "Ines، Tom وLena"),
    ],
)
def test_names_are_joined_in_the_language(language, written):
    with in_language(language):
        assert join_names(["Ines", "Tom", "Lena"]) == written


def test_script_texts_have_a_form_for_every_plural_category():
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
    ("asked", "translated"),
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
def test_first_language_with_a_catalogue_is_used_and_english_if_there_is_none(asked, translated):
    assert translated_language(*asked) == translated


@pytest.mark.parametrize(
    ("tag", "way"),
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
def test_direction_follows_language_and_script(tag, way):
    assert text_direction(tag) == way


def test_broken_tag_is_near_to_no_language():
    assert nearest_tag(["de"], "-") == nearest_tag(["de"], "--de") == ""


@pytest.mark.parametrize("header", ["", ",", ";q=1", "de;q=x", "de;q=9", "é", "de" * 300, "a,b,c", "*", "\x00de"])
def test_broken_accept_language_header_asks_for_no_language(header):
    assert parse_accept_language(header) == []
