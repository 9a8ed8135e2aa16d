"""Keep batches short while other processes wait to write: SQLite has one writer at a time."""

import time

from django.db import connection

RECENT_SECONDS = 5.0
"""A request that wanted to write within this time shortens batches."""
SHORT_BATCH_SECONDS = 0.008
"""Seconds for a batch of recipients while other processes write."""


def limit_batch_seconds(seconds: float) -> float:
    """Return the seconds that a batch may take: fewer than `seconds` if a request wanted to write recently.

    Only SQLite's connection has this information (stoppress.service.database.sqlite). On PostgreSQL writers do not wait
    for each other.
    """
    precedence = getattr(connection, "precedence", None)
    is_contended = precedence is not None and time.monotonic() - precedence.waited_at < RECENT_SECONDS
    return min(seconds, SHORT_BATCH_SECONDS) if is_contended else seconds
