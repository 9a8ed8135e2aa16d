"""Imports of subscriber lists."""

import io
from datetime import UTC, datetime

from stoppress.signup.lists import ImportRun, RejectedRow, import_subscribers, read_records, map_rows
from stoppress.subscribers.topics import breaking_topic

NOW = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)


def import_csv(text: str, **given):
    heard: list[RejectedRow] = []
    bringing = ImportRun(topic=breaking_topic(), origin="import of list.csv", now=NOW, on_rejected=heard.append, **given)
    tally = import_subscribers(map_rows(read_records(io.BytesIO(text.encode()))), bringing, size=3)
    assert tally.read == tally.added + tally.invited + tally.already_subscribed + tally.rejected.total()
    return tally, heard
