"""On PostgreSQL the turn goes with its connection: broken from outside, it is noticed, and somebody else has it."""

import pytest
from django.db import connection

from stoppress.runtime.processes.database_lock import DatabaseLock
from stoppress.service.scheduler.scheduler_lock import NUMBER, anybody_has_it, turn

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def test_a_turn_whose_connection_is_cut_is_lost_and_can_be_taken(tmp_path):
    first, second = turn(tmp_path), turn(tmp_path)
    assert isinstance(first, DatabaseLock)
    assert first.acquire() and not second.acquire()
    with connection.cursor() as cursor:
        holding = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid::bigint = %s"
        cursor.execute(f"SELECT pg_terminate_backend(({holding}), 5000)", [NUMBER])
    assert not first.acquire()
    assert second.acquire() and not first.acquire()
    assert anybody_has_it(tmp_path)
    first.release()
    second.release()
    assert not anybody_has_it(tmp_path)
