"""Write all subscriptions as CSV, one row each, for another system or for a later import here."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO

from django.db.models import OuterRef, Subquery

from stoppress.runtime.formula_escaping import escape_formula
from stoppress.subscribers.models import Subscription, Suppression, Topic

COLUMNS = (
    "email",
    "topic",
    "state",
    "frequency",
    "language",
    "zone",
    "requested_at",
    "confirmed_at",
    "unsubscribed_at",
    "suppressed",
)
ROWS_PER_FETCH = 2_000


def export_subscriptions(file: TextIO, topic: Topic | None = None) -> Iterator[int]:
    """Write the subscriptions, of one topic or all, to `file`. Erased subscribers are left out.

    Yields:
        The number of rows written so far, after each 2,000 and at the end.
    """
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for count, row in enumerate(_rows(topic), 1):
        writer.writerow(row)
        if count % ROWS_PER_FETCH == 0:
            yield count
    yield count


def _rows(topic: Topic | None) -> Iterator[tuple[str, ...]]:
    suppressions = Suppression.objects.filter(subscriber=OuterRef("subscriber"), lifted_at__isnull=True)
    subscriptions = Subscription.objects.filter(subscriber__erased_at__isnull=True).order_by("id")
    if topic is not None:
        subscriptions = subscriptions.filter(topic=topic)
    reason = Subquery(suppressions.order_by("id").values("reason")[:1])
    rows = subscriptions.annotate(suppressed=reason).values_list(
        "subscriber__email",
        "topic__slug",
        "frequency",
        "subscriber__language",
        "subscriber__zone",
        "requested_at",
        "confirmed_at",
        "unsubscribed_at",
        "suppressed",
    )
    for email, slug, frequency, language, zone, requested, confirmed, ended, suppressed in rows.iterator(
        chunk_size=ROWS_PER_FETCH
    ):
        state = "suppressed" if suppressed else "unsubscribed" if ended else "confirmed" if confirmed else "requested"
        times = (_format_time(requested), _format_time(confirmed), _format_time(ended))
        yield (escape_formula(email), escape_formula(slug), state, frequency, language, zone, *times, suppressed or "")


def _format_time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
