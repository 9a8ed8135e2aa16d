"""Who else writes to the database: where only one can at a time, slices are as long as others can wait for."""

import time

from django.db import connection

LATELY = 5.0
"""Seconds."""
SHORT = 0.008
"""Seconds for a slice of recipients while people write."""


def slice_time(seconds: float) -> float:
    """Seconds that a slice of recipients may take: fewer than `seconds` if a request wanted to write lately.

    Only SQLite's connection knows (stoppress.service.database.sqlite); PostgreSQL's writers do not wait for each other.
    """
    precedence = getattr(connection, "precedence", None)
    disturbed = precedence is not None and time.monotonic() - precedence.waited_at < LATELY
    return min(seconds, SHORT) if disturbed else seconds
