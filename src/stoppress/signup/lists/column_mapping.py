"""Whose export a file is, and what its records say: ours, listmonk's, Mailchimp's, or any with addresses."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stoppress.signup.lists.csv_records import Record, Torn
from stoppress.signup.lists.formula_escaping import unescaped
from stoppress.signup.locale_choices import known_zone
from stoppress.subscribers.choices import Rhythm

FORMATS = ("auto", "stoppress", "listmonk", "mailchimp")
ADDRESS_COLUMNS = ("email", "email address", "e-mail", "e-mail address", "mail", "address")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?")
LONGEST_WORDS = 400


class BadFile(Exception):
    """The file as a whole cannot be read in; the message says why."""


@dataclass(frozen=True)
class Row:
    """One record that asks to come in. `confirmed` says whether the other system vouches for its owner's consent."""

    row: int
    email: str
    topic: str = ""
    rhythm: Rhythm = Rhythm.INSTANT
    language: str = ""
    zone: str = ""
    asked_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed: bool = True
    words: str = ""


@dataclass(frozen=True)
class Refused:
    """One record that does not come in, and why."""

    row: int
    reason: str
    email: str = ""
    detail: str = ""


Reading = Callable[[int, Mapping[str, str]], Row | Refused]


def rows(found: Iterable[Record | Torn], form: str = "auto") -> Iterator[Row | Refused]:
    """What the records say. Raises BadFile if there is no column of addresses, or not the `form` that was named."""
    records = iter(found)
    first = next(records, None)
    if first is None:
        raise BadFile("it is empty")
    if isinstance(first, Torn):
        raise BadFile(f"its first line cannot be read: {first.reason}")
    columns = [name.strip().lower() for name in first.fields]
    reading = _reading(columns, form)
    if reading is None:
        yield from _without_header(first, records)
        return
    for record in records:
        if isinstance(record, Torn):
            yield Refused(record.row, record.reason)
        else:
            yield reading(record.row, dict(zip(columns, record.fields, strict=False)))


def _reading(columns: list[str], form: str) -> Reading | None:
    """How to read records of these columns; None if the first line is no header but an address already."""
    kind = _kind(columns) if form == "auto" else form
    if form not in ("auto", "stoppress") and kind != _kind(columns):
        raise BadFile(f"its columns are not those of {form}: {', '.join(columns)[:200]}")
    if kind == "listmonk":
        return _listmonk
    if kind == "mailchimp":
        return _mailchimp(columns)
    column = next((name for name in ADDRESS_COLUMNS if name in columns), None)
    if column is not None:
        return _ours(column)
    if any("@" in name for name in columns):
        return None
    raise BadFile(f"it has no column called email: {', '.join(columns)[:200]}")


def _kind(columns: list[str]) -> str:
    if {"uuid", "email", "status"} <= set(columns):
        return "listmonk"
    if {"leid", "euid"} <= set(columns) or "member_rating" in columns:
        return "mailchimp"
    return "stoppress"


def _ours(column: str) -> Reading:
    """Our own export; also any file with a column of addresses."""

    def read(row: int, cells: Mapping[str, str]) -> Row | Refused:
        email = unescaped(cells.get(column, ""))
        if cells.get("left_at"):
            return Refused(row, "left before", email)
        if cells.get("suppressed"):
            return Refused(row, "must not be written to", email, unescaped(cells["suppressed"])[:100])
        return Row(
            row,
            email,
            topic=cells.get("topic", "").strip(),
            rhythm=_rhythm(cells.get("rhythm", "")),
            language=_language(cells.get("language", "")),
            zone=known_zone(cells.get("zone", "").strip()),
            asked_at=moment(cells.get("asked_at", "")),
            confirmed_at=moment(cells.get("confirmed_at", "")),
            confirmed=cells.get("state", "confirmed") != "asked",
            words=unescaped(cells.get("words", ""))[:LONGEST_WORDS],
        )

    return read


def _listmonk(row: int, cells: Mapping[str, str]) -> Row | Refused:
    """`uuid,email,name,attributes,status,created_at,updated_at`; of one list, also `subscription_status`."""
    email, status = cells.get("email", ""), cells.get("status", "").strip().lower()
    if status != "enabled":
        return Refused(row, f"{status or 'without status'} in listmonk", email)
    wish = cells.get("subscription_status", "").strip().lower()
    if wish == "unsubscribed":
        return Refused(row, "unsubscribed in listmonk", email)
    at = moment(cells.get("created_at", ""))
    return Row(row, email, asked_at=at, confirmed_at=at, confirmed=wish != "unconfirmed", words="enabled in listmonk")


def _mailchimp(columns: list[str]) -> Reading:
    """An audience is exported as several files; those who left are in one with UNSUB_TIME, the dead with CLEAN_TIME."""
    gone = "unsubscribed at Mailchimp" if "unsub_time" in columns else ""
    gone = "cleaned at Mailchimp" if "clean_time" in columns else gone
    named = next((name for name in ADDRESS_COLUMNS if name in columns), columns[0])  # headings follow its language

    def read(row: int, cells: Mapping[str, str]) -> Row | Refused:
        email = cells.get(named, "")
        if gone:
            return Refused(row, gone, email)
        at = moment(cells.get("confirm_time", ""))
        return Row(
            row,
            email,
            zone=known_zone(_zone_name(cells.get("timezone", ""))),
            asked_at=moment(cells.get("optin_time", "")) or at,
            confirmed_at=at,
            confirmed=at is not None,
            words="confirmed at Mailchimp",
        )

    return read


def _without_header(first: Record, records: Iterable[Record | Torn]) -> Iterator[Row | Refused]:
    place = next(number for number, field in enumerate(first.fields) if "@" in field)
    yield Row(first.row, first.fields[place])
    for record in records:
        if isinstance(record, Torn):
            yield Refused(record.row, record.reason)
        else:
            yield Row(record.row, record.fields[place] if len(record.fields) > place else "")


def moment(text: str) -> datetime | None:
    """A time as these systems write it, UTC where no zone is named; None for anything else."""
    found = MOMENT.match(text.strip())
    if not found:
        return None
    day, clock, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}{zone or 'Z'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rhythm(text: str) -> Rhythm:
    text = text.strip().lower()
    return Rhythm(text) if text in Rhythm.values else Rhythm.INSTANT


def _language(text: str) -> str:
    text = text.strip()
    return text if LANGUAGE.fullmatch(text) and len(text) <= 20 else ""


def _zone_name(text: str) -> str:
    """`Europe/Zurich` of `europe/zurich`, as Mailchimp writes zones."""
    return "/".join("_".join(word.capitalize() for word in part.split("_")) for part in text.strip().split("/"))
