"""Imports of subscriber lists."""

import io
from datetime import UTC, datetime

from stoppress.signup.lists import Bringing, Refused, bring_in, records, rows
from stoppress.subscribers.topics import breaking_topic

NOW = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)


def bring(text: str, **given):
    heard: list[Refused] = []
    bringing = Bringing(topic=breaking_topic(), place="import of list.csv", now=NOW, heard=heard.append, **given)
    tally = bring_in(rows(records(io.BytesIO(text.encode()))), bringing, size=3)
    assert tally.read == tally.added + tally.asked + tally.already + tally.refused.total()
    return tally, heard
