"""On PostgreSQL the turn goes with its connection: broken from outside, it is noticed, and somebody else has it."""

import pytest
from django.db import connection

from stoppress.service.clock.database_turn import DatabaseTurn
from stoppress.service.clock.turn import NUMBER, anybody_has_it, turn

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def test_a_turn_whose_connection_is_cut_is_lost_and_can_be_taken(tmp_path):
    first, second = turn(tmp_path), turn(tmp_path)
    assert isinstance(first, DatabaseTurn)
    assert first.mine() and not second.mine()
    with connection.cursor() as cursor:
        holding = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid::bigint = %s"
        cursor.execute(f"SELECT pg_terminate_backend(({holding}), 5000)", [NUMBER])
    assert not first.mine()
    assert second.mine() and not first.mine()
    assert anybody_has_it(tmp_path)
    first.give_up()
    second.give_up()
    assert not anybody_has_it(tmp_path)
