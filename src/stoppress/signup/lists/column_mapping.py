"""Recognise which system exported a file, and map its records to import rows.

Supported formats: our own export, those of Ghost, listmonk, Mailchimp and Substack, and any CSV file with a column of
addresses, whatever its headings are called.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from types import MappingProxyType

from stoppress.runtime.formula_escaping import unescape_formula
from stoppress.signup.lists.csv_records import CsvRecord, MalformedLine
from stoppress.signup.lists.list_layout import InvalidListError, ListLayout, find_layout, normalise
from stoppress.signup.lists.status_words import ENDED_WORDS, OPEN_WORDS
from stoppress.signup.locale_choices import valid_zone
from stoppress.subscribers.choices import Frequency

FORMATS = ("auto", "stoppress", "ghost", "listmonk", "mailchimp", "substack")
NO_COLUMNS: Mapping[str, str] = MappingProxyType({})
RECORDS_TO_JUDGE = 100
"""Records at the begin of a list from which its header and its column of addresses are found."""
TRUE_WORDS = {"true", "1", "yes", "t"}
INVISIBLE_CHARACTERS = " \t\r\n\v\f\xa0\u200b\u200c\u200d\u2060\ufeff"
BRACKETED_ADDRESS = re.compile(r"<\s*([^<>@\s]+@[^<>@\s]+)\s*>")
LANGUAGE_PATTERN = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
TIME_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?")
MAX_IMPORTED_WORDING_LENGTH = 400


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


RowReader = Callable[[int, str, Mapping[str, str]], ImportRow | RejectedRow]
"""Maps number, address and cells of one record."""


def map_rows(
    records: Iterable[CsvRecord | MalformedLine],
    file_format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    only: Mapping[str, str] = NO_COLUMNS,
) -> Iterator[ImportRow | RejectedRow]:
    """Map records to import rows.

    Args:
        records: the records of one file.
        file_format: one of FORMATS.
        columns: heading or number of a column, by field of ImportRow, as the operator named them.
        only: the value that a column must have, by heading or number; other rows are rejected.

    Raises:
        InvalidListError: there is no column of addresses, a named column does not exist, or the columns are not those
            of `file_format`.
    """
    source = iter(records)
    first = list(islice(source, RECORDS_TO_JUDGE))
    layout = find_layout([record for record in first if isinstance(record, CsvRecord)], {**columns, **_own(only)})
    read_row = _choose_reader(layout, file_format)
    for record in chain(first, source):
        if isinstance(record, MalformedLine):
            yield RejectedRow(record.row, record.reason)
        elif record.row < layout.header_row:
            yield RejectedRow(record.row, "above the header")
        elif record.row > layout.header_row:
            yield _read_record(record, layout, read_row, only)


def _own(only: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of `only` as named columns, each under a key that no field has."""
    return {f"only {heading}": heading for heading in only}


def _read_record(
    record: CsvRecord, layout: ListLayout, read_row: RowReader, only: Mapping[str, str]
) -> ImportRow | RejectedRow:
    cells, email = layout.cells(record), clean_address(layout.address(record))
    for heading, value in only.items():
        if normalise(cells[f"only {heading}"]) != normalise(value):
            return RejectedRow(record.row, f"{heading} is not {value}", email, cells[f"only {heading}"][:100])
    row = read_row(record.row, email, cells)
    if isinstance(row, RejectedRow):
        return row
    words = {cell.strip().casefold() for cell in record.fields}
    if ended := words & ENDED_WORDS:
        return RejectedRow(record.row, "marked as ended in the list", email, ", ".join(sorted(ended))[:100])
    return replace(row, confirmed=False) if words & OPEN_WORDS else row


def clean_address(text: str) -> str:
    """Return the address in a cell such as `Mari <mari@example.org>` or `mailto:mari@example.org`."""
    text = unescape_formula(text.strip(INVISIBLE_CHARACTERS))
    if match := BRACKETED_ADDRESS.search(text):
        text = match[1]
    return text.strip(INVISIBLE_CHARACTERS).removeprefix("mailto:")


def _choose_reader(layout: ListLayout, file_format: str) -> RowReader:
    found = _detect_system(layout.headings)
    if file_format not in ("auto", "stoppress") and file_format != found:
        raise InvalidListError(f"its columns are not those of {file_format}: {', '.join(layout.headings)[:200]}")
    system = found if file_format == "auto" else file_format
    if system == "mailchimp":
        return _mailchimp_reader(layout.headings)
    return {"listmonk": _read_listmonk, "ghost": _read_ghost, "substack": _read_substack}.get(system, _read_generic)


def _detect_system(headings: Sequence[str]) -> str:
    columns = set(headings)
    if {"uuid", "email", "status"} <= columns:
        return "listmonk"
    if {"leid", "euid"} <= columns or "member_rating" in columns:
        return "mailchimp"
    if "subscribed_to_emails" in columns:
        return "ghost"
    if {"active_subscription", "email_disabled"} <= columns:
        return "substack"
    return "stoppress"


def _read_generic(row: int, email: str, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
    """Read our own export, and any file with a column of addresses."""
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
        wording=unescape_formula(cells.get("wording", ""))[:MAX_IMPORTED_WORDING_LENGTH],
    )


def _read_ghost(row: int, email: str, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
    """Read `id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,…`."""
    if cells.get("deleted_at"):
        return RejectedRow(row, "deleted in Ghost", email)
    if cells.get("subscribed_to_emails", "").strip().lower() not in TRUE_WORDS:
        return RejectedRow(row, "gets no mail from Ghost", email)
    at = parse_time(cells.get("created_at", ""))
    return ImportRow(row, email, requested_at=at, confirmed_at=at, wording="subscribed to emails in Ghost")


def _read_substack(row: int, email: str, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
    """Read `email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at`."""
    if cells.get("email_disabled", "").strip().lower() in TRUE_WORDS:
        return RejectedRow(row, "email disabled at Substack", email)
    at = parse_time(cells.get("created_at", ""))
    return ImportRow(row, email, requested_at=at, confirmed_at=at, wording="subscribed at Substack")


def _read_listmonk(row: int, email: str, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
    """Read `uuid,email,name,attributes,status,created_at,updated_at`; of one list also `subscription_status`."""
    status = cells.get("status", "").strip().lower()
    if status != "enabled":
        return RejectedRow(row, f"{status or 'without status'} in listmonk", email)
    subscription = cells.get("subscription_status", "").strip().lower()
    if subscription == "unsubscribed":
        return RejectedRow(row, "unsubscribed in listmonk", email)
    at = parse_time(cells.get("created_at", ""))
    confirmed = subscription != "unconfirmed"
    return ImportRow(row, email, requested_at=at, confirmed_at=at, confirmed=confirmed, wording="enabled in listmonk")


def _mailchimp_reader(columns: Sequence[str]) -> RowReader:
    """Return the reader for one file of a Mailchimp audience.

    An audience is exported as several files: the unsubscribed in one with UNSUB_TIME, dead addresses with CLEAN_TIME.
    """
    rejection = "unsubscribed at Mailchimp" if "unsub_time" in columns else ""
    rejection = "cleaned at Mailchimp" if "clean_time" in columns else rejection

    def read_row(row: int, email: str, cells: Mapping[str, str]) -> ImportRow | RejectedRow:
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
