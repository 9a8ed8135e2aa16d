"""Whose export a file is, and what its records say: ours, listmonk's, Mailchimp's, or any with addresses."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stoppress.signup.lists.csv_records import CsvRecord, MalformedLine
from stoppress.runtime.formula_escaping import unescape_formula
from stoppress.signup.locale_choices import valid_zone
from stoppress.subscribers.choices import Frequency

FORMATS = ("auto", "stoppress", "listmonk", "mailchimp")
ADDRESS_COLUMNS = ("email", "email address", "e-mail", "e-mail address", "mail", "address")
LANGUAGE_PATTERN = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
TIME_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?")
MAX_WORDING_LENGTH = 400


class InvalidListError(Exception):
    """The file as a whole cannot be read in; the message says why."""


@dataclass(frozen=True)
class ImportRow:
    """One record that asks to come in. `confirmed` says whether the other system vouches for its owner's consent."""

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
    """One record that does not come in, and why."""

    row: int
    reason: str
    email: str = ""
    detail: str = ""


RowReader = Callable[[int, Mapping[str, str]], ImportRow | RejectedRow]


def map_rows(found: Iterable[CsvRecord | MalformedLine], form: str = "auto") -> Iterator[ImportRow | RejectedRow]:
    """What the records say. Raises BadFile if there is no column of addresses, or not the `form` that was named."""
    records = iter(found)
    first = next(records, None)
    if first is None:
        raise InvalidListError("it is empty")
    if isinstance(first, MalformedLine):
        raise InvalidListError(f"its first line cannot be read: {first.reason}")
    columns = [name.strip().lower() for name in first.fields]
    reading = _reading(columns, form)
    if reading is None:
        yield from _without_header(first, records)
        return
    for record in records:
        if isinstance(record, MalformedLine):
            yield RejectedRow(record.row, record.reason)
        else:
            yield reading(record.row, dict(zip(columns, record.fields, strict=False)))


def _reading(columns: list[str], form: str) -> RowReader | None:
    """How to read records of these columns; None if the first line is no header but an address already."""
    kind = _kind(columns) if form == "auto" else form
    if form not in ("auto", "stoppress") and kind != _kind(columns):
        raise InvalidListError(f"its columns are not those of {form}: {', '.join(columns)[:200]}")
    if kind == "listmonk":
        return _listmonk
    if kind == "mailchimp":
        return _mailchimp(columns)
    column = next((name for name in ADDRESS_COLUMNS if name in columns), None)
    if column is not None:
        return _ours(column)
    if any("@" in name for name in columns):
        return None
    raise InvalidListError(f"it has no column called email: {', '.join(columns)[:200]}")


def _kind(columns: list[str]) -> str:
    if {"uuid", "email", "status"} <= set(columns):
        return "listmonk"
    if {"leid", "euid"} <= set(columns) or "member_rating" in columns:
        return "mailchimp"
    return "stoppress"


def _ours(column: str) -> RowReader:
    """Our own export; also any file with a column of addresses."""

    def read(row: int, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
        email = unescape_formula(cells.get(column, ""))
        if cells.get("unsubscribed_at"):
            return RejectedRow(row, "left before", email)
        if cells.get("suppressed"):
            return RejectedRow(row, "must not be written to", email, unescape_formula(cells["suppressed"])[:100])
        return ImportRow(
            row,
            email,
            topic=cells.get("topic", "").strip(),
            frequency=_frequency(cells.get("frequency", "")),
            language=_language(cells.get("language", "")),
            zone=valid_zone(cells.get("zone", "").strip()),
            requested_at=parse_time(cells.get("requested_at", "")),
            confirmed_at=parse_time(cells.get("confirmed_at", "")),
            confirmed=cells.get("state", "confirmed") != "asked",
            wording=unescape_formula(cells.get("wording", ""))[:MAX_WORDING_LENGTH],
        )

    return read


def _listmonk(row: int, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
    """`uuid,email,name,attributes,status,created_at,updated_at`; of one list, also `subscription_status`."""
    email, status = cells.get("email", ""), cells.get("status", "").strip().lower()
    if status != "enabled":
        return RejectedRow(row, f"{status or 'without status'} in listmonk", email)
    wish = cells.get("subscription_status", "").strip().lower()
    if wish == "unsubscribed":
        return RejectedRow(row, "unsubscribed in listmonk", email)
    at = parse_time(cells.get("created_at", ""))
    return ImportRow(row, email, requested_at=at, confirmed_at=at, confirmed=wish != "unconfirmed", wording="enabled in listmonk")


def _mailchimp(columns: list[str]) -> RowReader:
    """An audience is exported as several files; those who left are in one with UNSUB_TIME, the dead with CLEAN_TIME."""
    gone = "unsubscribed at Mailchimp" if "unsub_time" in columns else ""
    gone = "cleaned at Mailchimp" if "clean_time" in columns else gone
    named = next((name for name in ADDRESS_COLUMNS if name in columns), columns[0])  # headings follow its language

    def read(row: int, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
        email = cells.get(named, "")
        if gone:
            return RejectedRow(row, gone, email)
        at = parse_time(cells.get("confirm_time", ""))
        return ImportRow(
            row,
            email,
            zone=valid_zone(_zone_name(cells.get("timezone", ""))),
            requested_at=parse_time(cells.get("optin_time", "")) or at,
            confirmed_at=at,
            confirmed=at is not None,
            wording="confirmed at Mailchimp",
        )

    return read


def _without_header(first: CsvRecord, records: Iterable[CsvRecord | MalformedLine]) -> Iterator[ImportRow | RejectedRow]:
    place = next(number for number, field in enumerate(first.fields) if "@" in field)
    yield ImportRow(first.row, first.fields[place])
    for record in records:
        if isinstance(record, MalformedLine):
            yield RejectedRow(record.row, record.reason)
        else:
            yield ImportRow(record.row, record.fields[place] if len(record.fields) > place else "")


def parse_time(text: str) -> datetime | None:
    """A time as these systems write it, UTC where no zone is named; None for anything else."""
    found = TIME_PATTERN.match(text.strip())
    if not found:
        return None
    day, clock, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}{zone or 'Z'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _frequency(text: str) -> Frequency:
    text = text.strip().lower()
    return Frequency(text) if text in Frequency.values else Frequency.INSTANT


def _language(text: str) -> str:
    text = text.strip()
    return text if LANGUAGE_PATTERN.fullmatch(text) and len(text) <= 20 else ""


def _zone_name(text: str) -> str:
    """`Europe/Zurich` of `europe/zurich`, as Mailchimp writes zones."""
    return "/".join("_".join(word.capitalize() for word in part.split("_")) for part in text.strip().split("/"))
