"""Find the header of a list and its column of addresses, in any language; the operator may name columns."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stoppress.signup.lists.csv_records import CsvRecord

ADDRESS_HEADINGS = ("email", "email address", "e-mail", "e-mail address", "mail", "address")
"""Headings that decide by themselves. Every other heading is judged by the cells below it."""
MAIL_HINT = re.compile(r"mail|courriel|correo|почт|пошт|بريد|メール|邮|郵|이메일|אימייל|ईमेल")
"""Part of a heading of addresses in many languages, for lists with several columns of addresses."""
ADDRESS_PATTERN = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


class InvalidListError(Exception):
    """The file as a whole cannot be imported; the message states why."""


@dataclass(frozen=True)
class ListLayout:
    """The columns of a list.

    Args:
        headings: the headings, normalised; without a header the numbers of the columns, from 1.
        header_row: row of the header; 0 if there is none.
        address_column: index of the column of addresses.
        named: index of the column for each field that the operator named.
    """

    headings: Sequence[str]
    header_row: int
    address_column: int
    named: Mapping[str, int]

    def cells(self, record: CsvRecord) -> dict[str, str]:
        """Return the cells of a record by heading, and those of named columns by field."""
        cells = dict(zip(self.headings, record.fields, strict=False))
        for field, column in self.named.items():
            cells[field] = record.fields[column] if column < len(record.fields) else ""
        return cells

    def address(self, record: CsvRecord) -> str:
        """Return the cell with the address; empty if the record is too short."""
        return record.fields[self.address_column] if self.address_column < len(record.fields) else ""


def find_layout(records: Sequence[CsvRecord], columns: Mapping[str, str]) -> ListLayout:
    """Return the layout of a list.

    Args:
        records: its first records.
        columns: heading or number (from 1) of a column, by field of `ImportRow`, as the operator named them.

    Raises:
        InvalidListError: the list is empty, no column has addresses, or a named column does not exist.
    """
    if not records:
        raise InvalidListError("it is empty")
    header = _find_header(records, [value for value in columns.values() if not value.isdigit()])
    rest = records if header is None else [record for record in records if record.row > header.row]
    width = max(len(record.fields) for record in records)
    headings = [normalise(field) for field in header.fields] if header else [str(n) for n in range(1, width + 1)]
    named = {field: _find_column(value, headings, width) for field, value in columns.items()}
    column = named["email"] if "email" in named else _find_addresses(headings, rest)
    if column is None:
        raise InvalidListError(
            f"it has no column of addresses; name it with --column email=HEADING: {', '.join(headings)[:200]}"
        )
    return ListLayout(headings, header.row if header else 0, column, named)


def normalise(text: str) -> str:
    """Return a heading or value as it is compared: case, width and white space make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _find_header(records: Sequence[CsvRecord], wanted: Sequence[str]) -> CsvRecord | None:
    """Return the record with the headings; None if the list begins with an address."""
    if wanted:
        names = {normalise(value) for value in wanted}
        named = (record for record in records if names <= {normalise(field) for field in record.fields})
        if (found := next(named, None)) is None:
            headings = ", ".join(records[0].fields)[:200]
            raise InvalidListError(f"it has no columns called {', '.join(wanted)}; the first line is: {headings}")
        return found
    first = next((n for n, record in enumerate(records) if any("@" in field for field in record.fields)), None)
    above = records if first is None else records[:first]
    if not above:
        return None
    known = (r for r in above if any(normalise(field) in ADDRESS_HEADINGS for field in r.fields))
    width = len(records[first].fields) if first is not None else 0
    as_wide = [record for record in above if len(record.fields) == width > 1] or above[:1]
    return next(known, None) or max(as_wide, key=_filled_cells)  # a title above the header fills fewer cells


def _filled_cells(record: CsvRecord) -> int:
    return sum(bool(field.strip()) for field in record.fields)


def _find_column(value: str, headings: Sequence[str], width: int) -> int:
    if value.isdigit() and 1 <= int(value) <= width:
        return int(value) - 1
    if normalise(value) in headings:
        return headings.index(normalise(value))
    raise InvalidListError(f"it has no column {value}; its columns are: {', '.join(headings)[:200]}")


def _find_addresses(headings: Sequence[str], rest: Sequence[CsvRecord]) -> int | None:
    """Return the column with the address heading, else the one with most addresses; None if there is none."""
    for name in ADDRESS_HEADINGS:
        if name in headings:
            return headings.index(name)
    counts = [0] * max((len(record.fields) for record in rest), default=0)
    for record in rest:
        for column, field in enumerate(record.fields):
            counts[column] += bool(ADDRESS_PATTERN.search(field))
    hinted = [bool(MAIL_HINT.search(heading)) for heading in headings] + [False] * len(counts)
    best = max(range(len(counts)), key=lambda column: (counts[column], hinted[column]), default=None)
    return best if best is not None and counts[best] else None
