"""Who else writes to the database: where only one can at a time, slices are as long as others can wait for."""

import time

from django.db import connection

RECENT_SECONDS = 5.0
"""Seconds."""
SHORT_SLICE_SECONDS = 0.008
"""Seconds for a slice of recipients while people write."""


def limit_slice_seconds(seconds: float) -> float:
    """Seconds that a slice of recipients may take: fewer than `seconds` if a request wanted to write lately.

    Only SQLite's connection knows (stoppress.service.database.sqlite); PostgreSQL's writers do not wait for each other.
    """
    precedence = getattr(connection, "precedence", None)
    disturbed = precedence is not None and time.monotonic() - precedence.waited_at < RECENT_SECONDS
    return min(seconds, SHORT_SLICE_SECONDS) if disturbed else seconds
