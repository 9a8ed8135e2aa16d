"""Recognise which system exported a file, and map its records to import rows.

Supported formats: our own export, those of listmonk and Mailchimp, and any CSV file with a column of addresses.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stoppress.runtime.formula_escaping import unescape_formula
from stoppress.signup.lists.csv_records import CsvRecord, MalformedLine
from stoppress.signup.locale_choices import valid_zone
from stoppress.subscribers.choices import Frequency

FORMATS = ("auto", "stoppress", "listmonk", "mailchimp")
ADDRESS_COLUMNS = ("email", "email address", "e-mail", "e-mail address", "mail", "address")
LANGUAGE_PATTERN = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
TIME_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?")
MAX_IMPORTED_WORDING_LENGTH = 400


class InvalidListError(Exception):
    """The file as a whole cannot be imported; the message states why."""


@dataclass(frozen=True)
class ImportRow:
    """One record to import. `confirmed` is True if the other system recorded the consent of the address's owner."""

    row: int
    email: str
    topic: str = ""
    frequency: Frequency = Frequency.INSTANT
    language: str = ""
    zone: str = ""
    requested_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed: bool = True
    wording: str = ""


@dataclass(frozen=True)
class RejectedRow:
    """One record that is not imported, with the reason."""

    row: int
    reason: str
    email: str = ""
    detail: str = ""


RowReader = Callable[[int, Mapping[str, str]], ImportRow | RejectedRow]


def map_rows(
    records: Iterable[CsvRecord | MalformedLine], file_format: str = "auto"
) -> Iterator[ImportRow | RejectedRow]:
    """Map records to import rows.

    Args:
        records: the records of one file, its header first, if it has one.
        file_format: one of FORMATS.

    Raises:
        InvalidListError: there is no column of addresses, or the columns are not those of `file_format`.
    """
    source = iter(records)
    first = next(source, None)
    if first is None:
        raise InvalidListError("it is empty")
    if isinstance(first, MalformedLine):
        raise InvalidListError(f"its first line cannot be read: {first.reason}")
    columns = [name.strip().lower() for name in first.fields]
    read_row = _choose_reader(columns, file_format)
    if read_row is None:
        yield from _map_without_header(first, source)
        return
    for record in source:
        if isinstance(record, MalformedLine):
            yield RejectedRow(record.row, record.reason)
        else:
            yield read_row(record.row, dict(zip(columns, record.fields, strict=False)))


def _choose_reader(columns: list[str], file_format: str) -> RowReader | None:
    """Return the reader for these columns; None if the first line is no header but contains an address."""
    system = _detect_system(columns) if file_format == "auto" else file_format
    if file_format not in ("auto", "stoppress") and system != _detect_system(columns):
        raise InvalidListError(f"its columns are not those of {file_format}: {', '.join(columns)[:200]}")
    if system == "listmonk":
        return _read_listmonk
    if system == "mailchimp":
        return _mailchimp_reader(columns)
    column = next((name for name in ADDRESS_COLUMNS if name in columns), None)
    if column is not None:
        return _generic_reader(column)
    if any("@" in name for name in columns):
        return None
    raise InvalidListError(f"it has no column called email: {', '.join(columns)[:200]}")


def _detect_system(columns: list[str]) -> str:
    if {"uuid", "email", "status"} <= set(columns):
        return "listmonk"
    if {"leid", "euid"} <= set(columns) or "member_rating" in columns:
        return "mailchimp"
    return "stoppress"


def _generic_reader(column: str) -> RowReader:
    """Return the reader for our own export, and for any file with a column of addresses."""

    def read_row(row: int, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
        email = unescape_formula(cells.get(column, ""))
        if cells.get("unsubscribed_at"):
            return RejectedRow(row, "unsubscribed before", email)
        if cells.get("suppressed"):
            return RejectedRow(row, "suppressed", email, unescape_formula(cells["suppressed"])[:100])
        return ImportRow(
            row,
            email,
            topic=cells.get("topic", "").strip(),
            frequency=_parse_frequency(cells.get("frequency", "")),
            language=_parse_language(cells.get("language", "")),
            zone=valid_zone(cells.get("zone", "").strip()),
            requested_at=parse_time(cells.get("requested_at", "")),
            confirmed_at=parse_time(cells.get("confirmed_at", "")),
            confirmed=cells.get("state", "confirmed") != "requested",
            wording=unescape_formula(cells.get("wording", ""))[:MAX_IMPORTED_WORDING_LENGTH],
        )

    return read_row


def _read_listmonk(row: int, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
    """Read `uuid,email,name,attributes,status,created_at,updated_at`; of one list also `subscription_status`."""
    email, status = cells.get("email", ""), cells.get("status", "").strip().lower()
    if status != "enabled":
        return RejectedRow(row, f"{status or 'without status'} in listmonk", email)
    subscription = cells.get("subscription_status", "").strip().lower()
    if subscription == "unsubscribed":
        return RejectedRow(row, "unsubscribed in listmonk", email)
    at = parse_time(cells.get("created_at", ""))
    confirmed = subscription != "unconfirmed"
    return ImportRow(row, email, requested_at=at, confirmed_at=at, confirmed=confirmed, wording="enabled in listmonk")


def _mailchimp_reader(columns: list[str]) -> RowReader:
    """Return the reader for one file of a Mailchimp audience.

    An audience is exported as several files: the unsubscribed in one with UNSUB_TIME, dead addresses with CLEAN_TIME.
    """
    rejection = "unsubscribed at Mailchimp" if "unsub_time" in columns else ""
    rejection = "cleaned at Mailchimp" if "clean_time" in columns else rejection
    column = next((name for name in ADDRESS_COLUMNS if name in columns), columns[0])  # headings are localised

    def read_row(row: int, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
        email = cells.get(column, "")
        if rejection:
            return RejectedRow(row, rejection, email)
        at = parse_time(cells.get("confirm_time", ""))
        return ImportRow(
            row,
            email,
            zone=valid_zone(_restore_zone_case(cells.get("timezone", ""))),
            requested_at=parse_time(cells.get("optin_time", "")) or at,
            confirmed_at=at,
            confirmed=at is not None,
            wording="confirmed at Mailchimp",
        )

    return read_row


def _map_without_header(
    first: CsvRecord, records: Iterable[CsvRecord | MalformedLine]
) -> Iterator[ImportRow | RejectedRow]:
    column = next(number for number, field in enumerate(first.fields) if "@" in field)
    yield ImportRow(first.row, first.fields[column])
    for record in records:
        if isinstance(record, MalformedLine):
            yield RejectedRow(record.row, record.reason)
        else:
            yield ImportRow(record.row, record.fields[column] if len(record.fields) > column else "")


def parse_time(text: str) -> datetime | None:
    """Return a time as these systems write it, in UTC if no zone is given; None for any other text."""
    match = TIME_PATTERN.match(text.strip())
    if not match:
        return None
    day, clock, zone = match.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}{zone or 'Z'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_frequency(text: str) -> Frequency:
    text = text.strip().lower()
    return Frequency(text) if text in Frequency.values else Frequency.INSTANT


def _parse_language(text: str) -> str:
    text = text.strip()
    return text if LANGUAGE_PATTERN.fullmatch(text) and len(text) <= 20 else ""


def _restore_zone_case(text: str) -> str:
    """Return `Europe/Zurich` for `europe/zurich`, as Mailchimp writes zones."""
    return "/".join("_".join(word.capitalize() for word in part.split("_")) for part in text.strip().split("/"))
