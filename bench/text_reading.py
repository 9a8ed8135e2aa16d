"""Time of parsing a page, and whether it grows in proportion: `python -m bench.text_reading`.

Prints the median of five readings of a made-up page at three sizes, and of pages that repeat one awkward line.
"""

import statistics
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from stoppress.importing.errors import ImportRefusedError
from stoppress.importing.plain_text import parse_page

NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)
POST = (
    "Ferry waits outside the harbour\nThe evening ferry is riding out the storm, its operator said.\n"
    "“Nobody goes home tonight,” said the harbour master.\nInes Okafor1 November 2024 20:00\n"
)
LINES = {
    "made-up posts": POST,
    "clock times": "20:00\n",
    "bylines": "Ines Okafor1 November 2024 20:00\n",
    "single letters": "a\n",
    "days and times": "1 May\n20:00\n",
}


def median_seconds(text: str, repeats: int = 5) -> float:
    """Return the median seconds of parsing `text`."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        with suppress(ImportRefusedError):
            parse_page(text, zone=ZoneInfo("UTC"), now=NOW)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> int:
    """Print the table."""
    print(f"{'page of':<16}{'× 500':>10}{'× 1000':>10}{'× 2000':>10}   ratio for four times the lines")
    for name, line in LINES.items():
        one, two, four = (median_seconds(line * count) for count in (500, 1000, 2000))
        print(f"{name:<16}{one:>9.3f}s{two:>9.3f}s{four:>9.3f}s   {four / one:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
