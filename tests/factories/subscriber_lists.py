"""Imports of subscriber lists."""

import io
from datetime import UTC, datetime

from stoppress.signup.lists import ImportRun, RejectedRow, import_subscribers, map_rows, read_records
from stoppress.subscribers.topics import breaking_topic

NOW = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)


def import_csv(text: str, **options):
    rejected: list[RejectedRow] = []
    run = ImportRun(
        topic=breaking_topic(), origin="import of list.csv", now=NOW, on_rejected=rejected.append, **options
    )
    report = import_subscribers(map_rows(read_records(io.BytesIO(text.encode()))), run, size=3)
    assert report.read == report.added + report.invited + report.already_subscribed + report.rejected.total()
    return report, rejected
