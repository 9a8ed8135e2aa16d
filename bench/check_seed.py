"""Check the text importer against the real live page that lies beside the checkout; its words are not kept here.

    python -m bench.check_seed [FILE]

Exits 0 if the page is read as it should be, or is not there; 1 if anything differs.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import decode_text, parse_page

SEED = Path(__file__).parents[2] / "shared" / "seed" / "live-coverage.txt"
LONDON = ZoneInfo("Europe/London")
NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)
CLOCKS = ["20:00", "19:00", "18:10", "17:40", "17:10", "16:40", "16:13", "15:46", "15:18", "14:56"]


def main(arguments: list[str]) -> int:
    """Read the page, print what was found beside what should be, and return the exit status."""
    path = Path(arguments[0]) if arguments else SEED
    if not path.exists():
        print("The seed is not beside this checkout; nothing to check.")
        return 0
    page = parse_page(decode_text(path.read_bytes()).text, zone=LONDON, now=NOW)
    rows = _rows(page)
    for name, found, expected in rows:
        print(f"{'ok ' if found == expected else 'NO '} {name:32} {found}")
    return 0 if all(found == expected for _, found, expected in rows) else 1


def _rows(page: ParsedPage) -> list[tuple[str, object, object]]:
    posts = page.posts
    return [
        ("posts", len(posts), 10),
        ("standfirst paragraphs", len(page.standfirst), 5),
        ("lines set aside", [aside.line for aside in page.set_aside], [1, 2]),
        ("bylines", len({post.bylines for post in posts}), 1),
        ("names in a byline", {len(post.bylines) for post in posts}, {1}),
        ("clocks", [f"{post.published_at:%H:%M}" for post in posts], CLOCKS),
        ("days", {f"{post.published_at:%Y-%m-%d%z}" for post in posts}, {"2024-11-01+0000"}),
        ("posts without a heading", sum(not post.headline for post in posts), 0),
        ("headings with a full stop", sum(post.headline.endswith(".") for post in posts), 0),
        ("paragraphs", [len(post.paragraphs) for post in posts], [3, 3, 2, 4, 3, 3, 3, 3, 2, 5]),
        ("warnings, of which on the headline", (len(page.warnings), _on_headline(page)), (1, 1)),
        ("headline given", page.headline_given, False),
        ("lost", page.lost, 0),
    ]


def _on_headline(page: ParsedPage) -> int:
    return sum("headline" in warning for warning in page.warnings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
