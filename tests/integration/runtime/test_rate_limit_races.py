"""A rate limit holds for all threads and processes together, on SQLite and on PostgreSQL (test_postgresql.py)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from stoppress.runtime.rate_limits import RateLimit, allow_all

NOW = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)
OWN, WIDE = RateLimit("own", limit=1000, seconds=3600), RateLimit("wide", limit=40, seconds=3600)


@pytest.mark.django_db(transaction=True)
def test_rate_limit_allows_exactly_its_limit_when_eight_threads_count():
    def count_events(worker: int) -> int:
        try:
            pairs = [(OWN, str(worker % 2)), (WIDE, "all")]
            return sum(allow_all(pairs if worker % 3 else pairs[::-1], NOW) for _ in range(20))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(count_events, range(8))) == WIDE.limit
    assert not WIDE.allow("all", NOW)
