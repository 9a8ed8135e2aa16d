"""Dates and times as pages write them, and the inference of missing parts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import parse_page

NOW = datetime(2024, 11, 22, 12, 0, tzinfo=UTC)


def parse(
    *timestamps: str, zone: str = "Europe/London", head: str = "Storm Maren – live", now: datetime = NOW
) -> ParsedPage:
    """Parse a page of posts that end with these times, the newest first."""
    posts = [
        f"A heading for post number {i}\nThe river rose again.\n{timestamp}" for i, timestamp in enumerate(timestamps)
    ]
    text = "\n".join([head, "The port is under water.", *posts])
    page = parse_page(text, zone=ZoneInfo(zone), now=now)
    assert len(page.posts) == len(timestamps) and page.lost == 0
    return page


def format_times(page: ParsedPage) -> list[str]:
    return [post.published_at.isoformat()[:16] for post in page.posts]


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1 November 2024 20:00", "2024-11-01T20:00:00+00:00"),
        ("1 Nov 2024 20.00", "2024-11-01T20:00:00+00:00"),
        ("November 1, 2024 8pm", "2024-11-01T20:00:00+00:00"),
        ("Nov. 1, 2024 8:40 p.m. ET", "2024-11-02T00:40:00+00:00"),
        ("Fri 1 Nov 2024 8.40am", "2024-11-01T08:40:00+00:00"),
        ("Friday, November 1, 2024 at 8:00 PM EDT", "2024-11-02T00:00:00+00:00"),
        ("1st November 2024 noon", "2024-11-01T12:00:00+00:00"),
        ("1 November 2024 midnight", "2024-11-01T00:00:00+00:00"),
        ("2024-11-01 20:00", "2024-11-01T20:00:00+00:00"),
        ("2024-11-01T20:00:31Z", "2024-11-01T20:00:31+00:00"),
        ("2024-11-01T20:00:00.123+02:00", "2024-11-01T18:00:00+00:00"),
        ("13/11/2024 20:00", "2024-11-13T20:00:00+00:00"),
        ("20:00 1 November 2024", "2024-11-01T20:00:00+00:00"),
        ("8pm GMT on 1 November 2024", "2024-11-01T20:00:00+00:00"),
        ("2000 GMT 1 November 2024", "2024-11-01T20:00:00+00:00"),
        ("1 November 2024 20:00 BST", "2024-11-01T19:00:00+00:00"),
        ("1 November 2024 20:00 CET", "2024-11-01T19:00:00+00:00"),
        ("1 November 2024 20:00 (UTC+2)", "2024-11-01T18:00:00+00:00"),
        ("1 July 2024 20:00", "2024-07-01T20:00:00+01:00"),
        ("1 July 2024 20:00 GMT", "2024-07-01T21:00:00+01:00"),
        ("1730491200", "2024-11-01T20:00:00+00:00"),
        ("1730491200000", "2024-11-01T20:00:00+00:00"),
    ],
)
def test_time_is_parsed_in_every_form(timestamp: str, expected: str) -> None:
    for between in ("", " ", "\t", " | ", " – ", ", ", "\n"):
        page = parse(f"Ines Okafor{between}{timestamp}")
        assert page.posts[0].published_at.isoformat() == expected
        assert page.posts[0].bylines == ("Ines Okafor",)
        assert page.warnings == ()


@pytest.mark.parametrize(("zone", "expected"), [("Europe/Dublin", "19:00"), ("Asia/Kolkata", "14:30")])
def test_zone_abbreviation_means_the_zone_of_the_page_first(zone: str, expected: str) -> None:
    page = parse("Ines Okafor1 July 2024 20:00 IST", zone=zone)
    assert f"{page.posts[0].published_at:%H:%M}" == "20:00"
    assert f"{page.posts[0].published_at.astimezone(UTC):%H:%M}" == expected


@pytest.mark.parametrize(
    ("abbreviation", "expected"),
    [
        ("MSK", "2024-11-01T17:00"),
        ("PKT", "2024-11-01T15:00"),
        ("JST", "2024-11-01T11:00"),
        ("ACST", "2024-11-01T10:30"),
        ("AEDT", "2024-11-01T09:00"),
        ("BRT", "2024-11-01T23:00"),
        ("EST", "2024-11-02T01:00"),
        ("EDT", "2024-11-02T00:00"),
        ("PST", "2024-11-02T04:00"),
        ("PDT", "2024-11-02T03:00"),
        ("AKST", "2024-11-02T05:00"),
        ("AKDT", "2024-11-02T04:00"),
        ("HST", "2024-11-02T06:00"),
    ],
)
def test_zone_abbreviation_has_its_usual_offset(abbreviation: str, expected: str) -> None:
    page = parse(f"Ines Okafor1 November 2024 20:00 {abbreviation}")
    assert f"{page.posts[0].published_at.astimezone(UTC):%Y-%m-%dT%H:%M}" == expected


def test_page_may_state_the_zone_of_all_its_times() -> None:
    page = parse("Ines Okafor1 November 2024 20:00", zone="Europe/Kyiv", head="All times are UK")
    assert page.posts[0].published_at.isoformat() == "2024-11-01T22:00:00+02:00"


def test_days_are_inferred_across_midnight_when_newest_is_first() -> None:
    page = parse("00:20", "23:50", "22:10", "22:20", "09:00", "23:30")
    assert format_times(page) == [
        *("2024-11-22T00:20", "2024-11-21T23:50", "2024-11-21T22:10", "2024-11-21T22:20"),
        *("2024-11-21T09:00", "2024-11-20T23:30"),
    ]
    assert any("date is missing" in warning for warning in page.warnings)
    assert any("one direction" in warning for warning in page.warnings)


def test_days_are_inferred_across_midnight_when_oldest_is_first() -> None:
    page = parse("21:00", "22:00", "23:30", "00:15", "01:00")
    assert format_times(page) == [
        *("2024-11-21T21:00", "2024-11-21T22:00", "2024-11-21T23:30", "2024-11-22T00:15", "2024-11-22T01:00")
    ]


def test_day_is_yesterday_when_the_time_is_still_to_come_today() -> None:
    assert format_times(parse("20:00", "19:00")) == ["2024-11-21T20:00", "2024-11-21T19:00"]


def test_day_is_inferred_from_a_dated_neighbour() -> None:
    page = parse("00:10", "Ines Okafor1 November 2024 23:50", "23:00")
    assert format_times(page) == ["2024-11-02T00:10", "2024-11-01T23:50", "2024-11-01T23:00"]


def test_day_is_inferred_from_the_headline() -> None:
    assert format_times(parse("20:00", head="Storm Maren, 3 March 2023")) == ["2023-03-03T20:00"]


def test_year_is_inferred_and_never_in_the_future() -> None:
    assert format_times(parse("2 January 00:10", "31 December 23:50")) == ["2024-01-02T00:10", "2023-12-31T23:50"]
    assert any("year is missing" in warning for warning in parse("1 November 20:00").warnings)


def test_weekday_alone_means_the_most_recent_such_day() -> None:
    assert format_times(parse("Ines Okafor Friday 20:00")) == ["2024-11-15T20:00"]


def test_date_line_applies_to_the_posts_below() -> None:
    text = "Storm Maren – live\n\n{}\n20:00\nGate shut\nIt was shut.\n{}\n19:00\nGate open\nIt was open.\n"
    page = parse_page(text.format("Friday 1 November 2024", "Monday 28 October 2024"), zone=ZoneInfo("UTC"), now=NOW)
    assert format_times(page) == ["2024-11-01T20:00", "2024-10-28T19:00"]
    assert (page.warnings, page.lost) == ((), 0)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("Ines Okafor01/11/2024 20:00", "two ways"),
        ("Ines OkaforMonday 1 November 2024 20:00", "weekday and the date"),
        ("Ines Okafor31 March 2024 01:30", "did not exist"),
        ("Ines Okafor27 October 2024 01:30", "came twice"),
        ("Ines Okafor1 December 2024 20:00", "future"),
    ],
)
def test_parse_page_warns_of_doubtful_times(timestamp: str, expected: str) -> None:
    (warning,) = parse(timestamp).warnings
    assert expected in warning and "line 5" in warning


def test_missing_and_repeated_local_times_are_resolved_at_clock_changes() -> None:
    page = parse("Ines Okafor27 October 2024 01:30", "Ines Okafor31 March 2024 01:30")
    assert [post.published_at.isoformat() for post in page.posts] == [
        "2024-10-27T01:30:00+01:00",
        "2024-03-31T02:30:00+01:00",
    ]


@pytest.mark.parametrize("impossible", ["31 November 2024 20:00", "25:00", "1 November 2024 20:75", "13:61"])
def test_impossible_time_separates_no_posts(impossible: str) -> None:
    page = parse(f"And then, at {impossible}, it rose.\nInes Okafor1 November 2024 20:00")
    assert len(page.posts) == 1


def test_digit_after_a_name_belongs_to_the_day_when_only_that_is_valid() -> None:
    assert parse("Desk 931 November 2024 20:00").posts[0].published_at.day == 1


def test_impossible_day_is_not_shortened_to_a_valid_one() -> None:
    page = parse("And again.\nInes Okafor31 February 2024 14:56\nInes Okafor1 November 2024 20:00")
    assert [post.bylines for post in page.posts] == [("Ines Okafor",)]


@pytest.mark.parametrize(
    "timestamp", ["Posted at 20:02 1 Nov 202420:02 1 Nov 2024", "1 Nov 2024 20:021 Nov 2024 20:02"]
)
def test_time_repeated_on_the_same_line_is_one_time(timestamp: str) -> None:
    page = parse(timestamp)
    assert [post.bylines for post in page.posts] == [()]
    assert format_times(page) == ["2024-11-01T20:02"]


def test_parse_page_does_not_warn_of_equal_times() -> None:
    assert parse("Ines Okafor1 November 2024 20:00", "Tom Reyer1 November 2024 20:00").warnings == ()
