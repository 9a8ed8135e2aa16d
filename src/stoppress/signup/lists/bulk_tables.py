"""A batch of rows, in and out of the tables in one statement each, on SQLite and PostgreSQL."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from stoppress.delivery.recipients.send_order import GENERATION
from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Suppression, new_secret

READERS, WISHES = Subscriber._meta.db_table, Subscription._meta.db_table
CONSENTS, SUPPRESSIONS = Consent._meta.db_table, Suppression._meta.db_table
COLUMNS = ("key", "email", "domain", "secret", "language", "zone", "rhythm", "asked_at", "confirmed_at", "words")
MOMENTS = ("asked_at", "confirmed_at")

KNOWN = f"""
SELECT s.key, s.erased_at IS NOT NULL, w.id IS NOT NULL, w.confirmed_at IS NOT NULL, w.left_at IS NOT NULL,
    (SELECT max(x.reason) FROM {SUPPRESSIONS} x WHERE x.subscriber_id = s.id AND x.lifted_at IS NULL)
FROM {READERS} s LEFT JOIN {WISHES} w ON w.subscriber_id = s.id AND w.topic_id = %s
WHERE s.key IN ({{keys}})
"""
NEW_READERS = f"""
INSERT INTO {READERS} (email, domain, key, secret, language, zone, asked_at, confirmed_at)
SELECT j.email, j.domain, j.key, j.secret, j.language, j.zone, j.asked_at, j.confirmed_at FROM {{rows}} j
WHERE true ON CONFLICT (key) DO UPDATE SET confirmed_at = coalesce({READERS}.confirmed_at, excluded.confirmed_at)
"""
NEW_WISHES = f"""
INSERT INTO {WISHES} (topic_id, subscriber_id, rhythm, asked_at, confirmed_at, generation)
SELECT %s, s.id, j.rhythm, j.asked_at, j.confirmed_at, {GENERATION} FROM {{rows}} j JOIN {READERS} s ON s.key = j.key
WHERE true ON CONFLICT (subscriber_id, topic_id) DO UPDATE
    SET confirmed_at = excluded.confirmed_at, rhythm = excluded.rhythm, generation = excluded.generation
    WHERE {WISHES}.confirmed_at IS NULL AND {WISHES}.left_at IS NULL
"""
NEW_CONSENTS = f"""
INSERT INTO {CONSENTS} (subscriber_id, topic_id, kind, at, place, words)
SELECT s.id, %s, %s, {{at}}, %s, j.words FROM {{rows}} j JOIN {READERS} s ON s.key = j.key
"""


@dataclass(frozen=True)
class Standing:
    """What the tables say of one address and one topic."""

    erased: bool
    asked: bool
    confirmed: bool
    left: bool
    suppressed: str


@dataclass(frozen=True)
class Entry:
    """One row as it will stand in the tables."""

    key: str
    email: str
    domain: str
    language: str
    zone: str
    rhythm: str
    asked_at: datetime
    confirmed_at: datetime
    words: str


def known(keys: Iterable[str], topic_id: int) -> dict[str, Standing]:
    """What is known of those of `keys` that there are."""
    listed = "SELECT value FROM json_each(%s)" if _sqlite() else "SELECT jsonb_array_elements_text(%s::jsonb)"
    with connection.cursor() as cursor:
        cursor.execute(KNOWN.format(keys=listed), (topic_id, json.dumps(list(keys))))
        return {
            key: Standing(bool(erased), bool(asked), bool(confirmed), bool(left), reason or "")
            for key, erased, asked, confirmed, left, reason in cursor.fetchall()
        }


def write(entries: Sequence[Entry], topic_id: int, *, place: str, now: datetime) -> None:
    """Readers, their wishes, and where their consent is known from. Call it in a transaction after `hold_off_sends`."""
    rows, values = _rows(entries)
    at = "%s" if _sqlite() else "%s::timestamptz"
    with connection.cursor() as cursor:
        cursor.execute(NEW_READERS.format(rows=rows), [values])
        cursor.execute(NEW_WISHES.format(rows=rows), (topic_id, values))
        facts: list[Any] = [topic_id, ConsentKind.IMPORTED.value, _stored(now), place[:200], values]
        cursor.execute(NEW_CONSENTS.format(rows=rows, at=at), facts)


def _rows(entries: Sequence[Entry]) -> tuple[str, str]:
    """A table of entries for use in a statement, and the one parameter that it takes."""
    values = json.dumps([_values(entry) for entry in entries])
    if _sqlite():
        cells = ", ".join(f"value ->> {number} AS {name}" for number, name in enumerate(COLUMNS))
        return f"(SELECT {cells} FROM json_each(%s))", values
    cells = ", ".join(
        f"(value ->> {number}){'::timestamptz' if name in MOMENTS else ''} AS {name}"
        for number, name in enumerate(COLUMNS)
    )
    return f"(SELECT {cells} FROM jsonb_array_elements(%s::jsonb))", values


def _values(entry: Entry) -> list[Any]:
    return [
        entry.key,
        entry.email,
        entry.domain,
        new_secret(),
        entry.language,
        entry.zone,
        entry.rhythm,
        _stored(entry.asked_at),
        _stored(entry.confirmed_at),
        entry.words,
    ]


def _stored(moment: datetime) -> str:
    """As this database writes times; both read this form."""
    return str(connection.ops.adapt_datetimefield_value(moment))


def _sqlite() -> bool:
    return connection.vendor == "sqlite"
