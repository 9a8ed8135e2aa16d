"""Many ids in one short text, `3-25,40`: a form of a thousand fields would be refused."""

import re
from collections.abc import Iterable

RANGE_PATTERN = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
MAX_IDS = 2_000_000
"""Ids in one text; what names more is not believed."""


def format_id_ranges(ids: Iterable[int]) -> str:
    """The ids as spans."""
    found: list[list[int]] = []
    for number in sorted(set(ids)):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in found)


def parse_id_ranges(text: str) -> frozenset[int]:
    """The ids that spans name. Raises ValueError if they are none, or too many."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        match = RANGE_PATTERN.fullmatch(part)
        if match is None:
            raise ValueError(f"{part[:40]!r} names no ids")
        span = range(int(match[1]), int(match[2] or match[1]) + 1)
        if len(found) + len(span) > MAX_IDS:
            raise ValueError(f"{part!r} names more ids than are believed")
        found.update(span)
    return frozenset(found)
