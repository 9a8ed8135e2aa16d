"""Write all subscriptions out as CSV, one row each, for another system or for this one again."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO

from django.db.models import OuterRef, Subquery

from stoppress.runtime.formula_escaping import escape_formula
from stoppress.subscribers.models import Subscription, Suppression, Topic

COLUMNS = ("email", "topic", "state", "frequency", "language", "zone", "requested_at", "confirmed_at", "unsubscribed_at", "suppressed")
ROWS_PER_FETCH = 2_000


def export_subscriptions(file: TextIO, topic: Topic | None = None) -> Iterator[int]:
    """Write to `file`; yields how many rows there are by now, now and then. Who was erased is not in it."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for count, row in enumerate(_rows(topic), 1):
        writer.writerow(row)
        if count % ROWS_PER_FETCH == 0:
            yield count
    yield count


def _rows(topic: Topic | None) -> Iterator[tuple[str, ...]]:
    standing = Suppression.objects.filter(subscriber=OuterRef("subscriber"), lifted_at__isnull=True)
    wishes = Subscription.objects.filter(subscriber__erased_at__isnull=True).order_by("id")
    if topic is not None:
        wishes = wishes.filter(topic=topic)
    found = wishes.annotate(stopped=Subquery(standing.order_by("id").values("reason")[:1])).values_list(
        "subscriber__email",
        "topic__slug",
        "frequency",
        "subscriber__language",
        "subscriber__zone",
        "requested_at",
        "confirmed_at",
        "unsubscribed_at",
        "stopped",
    )
    for email, slug, frequency, language, zone, asked, confirmed, left, stopped in found.iterator(chunk_size=ROWS_PER_FETCH):
        state = "suppressed" if stopped else "left" if left else "confirmed" if confirmed else "asked"
        times = (_moment(asked), _moment(confirmed), _moment(left))
        yield (escape_formula(email), escape_formula(slug), state, frequency, language, zone, *times, stopped or "")


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
