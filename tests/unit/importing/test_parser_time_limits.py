"""Hostile lines, and any number of lines, are parsed or refused in finite time.

bench/text_reading.py measures the time; the timeout here only detects a hang.
"""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stoppress.importing.errors import ImportRefusedError
from stoppress.importing.plain_text import parse_page

NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)
END = "\nInes Okafor1 November 2024 20:00\n"

pytestmark = pytest.mark.timeout(60)


def parse(text: str) -> None:
    with suppress(ImportRefusedError):
        assert parse_page(text, zone=ZoneInfo("UTC"), now=NOW).lost == 0


@pytest.mark.parametrize(
    "line",
    [
        *("a" * 240, "1" * 240, "1 " * 119, "12 Nov " * 34, "Ann " * 60, "(" * 240, "“" * 240, ", " * 119, "by " * 70),
        *("sign up to our " + "a " * 100, "get " + "your our " * 23, "." * 219 + "a", "a" * 180 + " (AP, AP/AP AP"),
        *("20:00 " * 39, "Ann Lee and " * 18, "@" * 200, "BREAKING " * 20, "1. " * 70, "all times are in " * 12),
    ],
)
def test_parse_page_ends_when_lines_are_hostile(line: str) -> None:
    parse((line + "\n") * 20 + END)


@pytest.mark.parametrize(
    "line", ["a " * 1_000_000, "1 November 2024 20:00 " * 90_000, " " * 2_000_000, "“" * 2_000_000]
)
def test_parse_page_ends_when_one_line_is_very_long(line: str) -> None:
    parse(line + END)


@pytest.mark.parametrize(
    "lines", ["20:00\n", "Ines Okafor1 November 2024 20:00\n", "a\n", "Breaking\n", "1 May\n20:00\n"]
)
def test_parse_page_ends_when_a_line_is_repeated_thousands_of_times(lines: str) -> None:
    parse(lines * 3000 + END)
