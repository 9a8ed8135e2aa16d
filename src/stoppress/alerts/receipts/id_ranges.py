"""Write many ids as one short text, such as `3-25,40`: a form with a thousand fields would be refused."""

import re
from collections.abc import Iterable

RANGE_PATTERN = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
MAX_IDS = 2_000_000
"""A text with more ids is refused."""


def format_id_ranges(ids: Iterable[int]) -> str:
    """Return the ids as ranges, in order."""
    ranges: list[list[int]] = []
    for number in sorted(set(ids)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)


def parse_id_ranges(text: str) -> frozenset[int]:
    """Return the ids in `text`.

    Raises:
        ValueError: a part is no range of ids, or there are more than MAX_IDS.
    """
    ids: set[int] = set()
    for part in filter(None, text.split(",")):
        match = RANGE_PATTERN.fullmatch(part)
        if match is None:
            raise ValueError(f"not a range of ids: {part[:40]!r}")
        numbers = range(int(match[1]), int(match[2] or match[1]) + 1)
        if len(ids) + len(numbers) > MAX_IDS:
            raise ValueError(f"more than {MAX_IDS:,} ids, with {part!r}")
        ids.update(numbers)
    return frozenset(ids)
