"""On PostgreSQL the scheduler lock ends with its connection."""

import pytest
from django.db import connection

from stoppress.runtime.processes.database_lock import DatabaseLock
from stoppress.service.scheduler.scheduler_lock import ADVISORY_LOCK_ID, is_scheduler_lock_held, scheduler_lock

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def test_advisory_lock_is_lost_when_its_connection_breaks(tmp_path):
    first, second = scheduler_lock(tmp_path), scheduler_lock(tmp_path)
    assert isinstance(first, DatabaseLock)
    assert first.acquire() and not second.acquire()
    with connection.cursor() as cursor:
        holding = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid::bigint = %s"
        cursor.execute(f"SELECT pg_terminate_backend(({holding}), 5000)", [ADVISORY_LOCK_ID])
    assert not first.acquire()
    assert second.acquire() and not first.acquire()
    assert is_scheduler_lock_held(tmp_path)
    first.release()
    second.release()
    assert not is_scheduler_lock_held(tmp_path)
