"""Read and write a batch of rows in one statement per table, on SQLite and PostgreSQL."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from stoppress.delivery.recipients.send_order import CURRENT_GENERATION
from stoppress.subscribers.choices import ConsentKind
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Suppression, new_secret

SUBSCRIBERS, SUBSCRIPTIONS, CONSENTS, SUPPRESSIONS = (
    model._meta.db_table  # noqa: SLF001  Django documents Model._meta
    for model in (Subscriber, Subscription, Consent, Suppression)
)
COLUMNS = (
    "key",
    "email",
    "domain",
    "secret",
    "language",
    "zone",
    "frequency",
    "requested_at",
    "confirmed_at",
    "wording",
)
TIME_COLUMNS = ("requested_at", "confirmed_at")

SELECT_KNOWN = f"""
SELECT s.key, s.erased_at IS NOT NULL, w.id IS NOT NULL, w.confirmed_at IS NOT NULL, w.unsubscribed_at IS NOT NULL,
    (SELECT max(x.reason) FROM {SUPPRESSIONS} x WHERE x.subscriber_id = s.id AND x.lifted_at IS NULL)
FROM {SUBSCRIBERS} s LEFT JOIN {SUBSCRIPTIONS} w ON w.subscriber_id = s.id AND w.topic_id = %s
WHERE s.key IN ({{keys}})
"""
INSERT_SUBSCRIBERS = f"""
INSERT INTO {SUBSCRIBERS} (email, domain, key, secret, language, zone, requested_at, confirmed_at)
SELECT j.email, j.domain, j.key, j.secret, j.language, j.zone, j.requested_at, j.confirmed_at FROM {{rows}} j
WHERE true ON CONFLICT (key) DO UPDATE
    SET confirmed_at = coalesce({SUBSCRIBERS}.confirmed_at, excluded.confirmed_at)
"""
INSERT_SUBSCRIPTIONS = f"""
INSERT INTO {SUBSCRIPTIONS} (topic_id, subscriber_id, frequency, requested_at, confirmed_at, generation)
SELECT %s, s.id, j.frequency, j.requested_at, j.confirmed_at, {CURRENT_GENERATION}
FROM {{rows}} j JOIN {SUBSCRIBERS} s ON s.key = j.key
WHERE true ON CONFLICT (subscriber_id, topic_id) DO UPDATE
    SET confirmed_at = excluded.confirmed_at, frequency = excluded.frequency, generation = excluded.generation
    WHERE {SUBSCRIPTIONS}.confirmed_at IS NULL AND {SUBSCRIPTIONS}.unsubscribed_at IS NULL
"""
INSERT_CONSENTS = f"""
INSERT INTO {CONSENTS} (subscriber_id, topic_id, kind, at, origin, wording)
SELECT s.id, %s, %s, {{at}}, %s, j.wording FROM {{rows}} j JOIN {SUBSCRIBERS} s ON s.key = j.key
"""


@dataclass(frozen=True)
class KnownSubscription:
    """What the tables contain about one address and one topic. `suppressed` is the reason, or empty."""

    erased: bool
    requested: bool
    confirmed: bool
    unsubscribed: bool
    suppressed: str


@dataclass(frozen=True)
class ImportEntry:
    """One row to be written to the tables."""

    key: str
    email: str
    domain: str
    language: str
    zone: str
    frequency: str
    requested_at: datetime
    confirmed_at: datetime
    wording: str


def find_known(keys: Iterable[str], topic_id: int) -> dict[str, KnownSubscription]:
    """Return, by key, what the tables contain about those of `keys` that exist."""
    listed = "SELECT value FROM json_each(%s)" if _is_sqlite() else "SELECT jsonb_array_elements_text(%s::jsonb)"
    with connection.cursor() as cursor:
        cursor.execute(SELECT_KNOWN.format(keys=listed), (topic_id, json.dumps(list(keys))))
        return {
            key: KnownSubscription(bool(erased), bool(requested), bool(confirmed), bool(ended), reason or "")
            for key, erased, requested, confirmed, ended, reason in cursor.fetchall()
        }


def write_entries(entries: Sequence[ImportEntry], topic_id: int, *, origin: str, now: datetime) -> None:
    """Write subscribers, subscriptions and consents. The caller has a transaction open and has called `block_sends`."""
    rows, values = _rows_table(entries)
    at = "%s" if _is_sqlite() else "%s::timestamptz"
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SUBSCRIBERS.format(rows=rows), [values])
        cursor.execute(INSERT_SUBSCRIPTIONS.format(rows=rows), (topic_id, values))
        parameters: list[Any] = [topic_id, ConsentKind.IMPORTED.value, _to_database_time(now), origin[:200], values]
        cursor.execute(INSERT_CONSENTS.format(rows=rows, at=at), parameters)


def _rows_table(entries: Sequence[ImportEntry]) -> tuple[str, str]:
    """Return the SQL of a table of entries, for use in a statement, and its single parameter."""
    values = json.dumps([_values(entry) for entry in entries])
    if _is_sqlite():
        cells = ", ".join(f"value ->> {number} AS {name}" for number, name in enumerate(COLUMNS))
        return f"(SELECT {cells} FROM json_each(%s))", values
    cells = ", ".join(
        f"(value ->> {number}){'::timestamptz' if name in TIME_COLUMNS else ''} AS {name}"
        for number, name in enumerate(COLUMNS)
    )
    return f"(SELECT {cells} FROM jsonb_array_elements(%s::jsonb))", values


def _values(entry: ImportEntry) -> list[Any]:
    return [
        entry.key,
        entry.email,
        entry.domain,
        new_secret(),
        entry.language,
        entry.zone,
        entry.frequency,
        _to_database_time(entry.requested_at),
        _to_database_time(entry.confirmed_at),
        entry.wording,
    ]


def _to_database_time(moment: datetime) -> str:
    """Return a time in the text form that this database stores or accepts."""
    return str(connection.ops.adapt_datetimefield_value(moment))


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"
