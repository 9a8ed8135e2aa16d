"""No line, and no number of lines, makes reading explode: what is hostile is read, or refused, and never hangs.

How long it takes is measured in bench/text_reading.py; the limits here are only against a hang.
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


def read(text: str) -> None:
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
def test_a_hostile_line_is_read_or_refused(line: str) -> None:
    read((line + "\n") * 20 + END)


@pytest.mark.parametrize(
    "line", ["a " * 1_000_000, "1 November 2024 20:00 " * 90_000, " " * 2_000_000, "“" * 2_000_000]
)
def test_one_endless_line_is_no_trouble(line: str) -> None:
    read(line + END)


@pytest.mark.parametrize(
    "lines", ["20:00\n", "Ines Okafor1 November 2024 20:00\n", "a\n", "Breaking\n", "1 May\n20:00\n"]
)
def test_thousands_of_the_same_line_are_no_trouble(lines: str) -> None:
    read(lines * 3000 + END)
