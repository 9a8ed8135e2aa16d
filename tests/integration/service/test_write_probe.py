"""The alarm `database` names why nothing can be saved, also while no mail is due."""

import logging
import sqlite3

import pytest
from django.db import OperationalError, connection
from django.test import Client

from stoppress.runtime.storage_faults import RecentFault, StorageFault
from stoppress.service.log_format import StorageFaultFilter
from stoppress.service.monitoring.current_alarms import current_alarms
from stoppress.service.monitoring.system_status import system_status_cache
from stoppress.service.monitoring.write_probe import WriteProbe, find_write_fault, write_probe

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'")


@pytest.fixture(autouse=True)
def fresh_status():
    system_status_cache.invalidate()
    write_probe.invalidate()
    yield
    system_status_cache.invalidate()


def database_alarms():
    return [alarm.text for alarm in current_alarms() if alarm.code == "database"]


def test_no_fault_is_found_when_the_database_can_be_written():
    assert find_write_fault() is None and database_alarms() == []


@on_sqlite
def test_read_only_database_is_an_alarm_when_no_mail_is_due():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")
    try:
        assert database_alarms() == ["Nothing can be saved: the database is read-only"]
        assert "database" in Client().get("/healthz/mail").json()["alarms"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = 0")


@on_sqlite
def test_lock_of_another_program_is_found_and_the_usual_wait_is_restored():
    def read_wait():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            return cursor.fetchone()[0]

    usual = read_wait()
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert find_write_fault() is StorageFault.LOCKED
    finally:
        other.close()
    assert read_wait() == usual and find_write_fault() is None


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_read_only_and_locked_postgresql_are_named():
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        assert find_write_fault() is StorageFault.READ_ONLY
        cursor.execute("SET default_transaction_read_only = off")
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE runtime_ratelimitcount IN EXCLUSIVE MODE")
        assert find_write_fault() is StorageFault.LOCKED
    finally:
        other.close()
    assert find_write_fault() is None


def test_database_that_does_not_answer_is_named(monkeypatch):
    def fail():
        raise OperationalError("connection refused")

    monkeypatch.setattr("stoppress.service.monitoring.current_alarms.system_status_cache", fail)
    monkeypatch.setattr("stoppress.service.monitoring.write_probe._write_nothing", fail)
    assert {alarm.code for alarm in current_alarms()} >= {"database", "unknown"}
    assert database_alarms() == ["Nothing can be saved: the database does not answer"]


def test_full_disk_that_a_request_met_is_an_alarm_for_a_minute():
    error = OperationalError("could not extend file: No space left on device")
    error.__cause__ = type("DiskFull", (Exception,), {"sqlstate": "53100"})()
    record = logging.LogRecord("any", logging.ERROR, "", 0, "failed", (), (type(error), error, None))
    StorageFaultFilter().filter(record)
    assert database_alarms() == ["Nothing can be saved: the disk is full"]


def test_recent_fault_is_forgotten_after_a_minute_and_leaves_out_those_that_pass():
    seconds = [0.0]
    recent = RecentFault(lambda: seconds[0])
    recent.record(StorageFault.LOCKED)
    assert recent.current() is None
    recent.record(StorageFault.FULL)
    seconds[0] = 59.0
    assert recent.current() is StorageFault.FULL
    seconds[0] = 60.0
    assert recent.current() is None


def test_lock_counts_when_two_probes_in_a_row_meet_it_and_probes_are_five_seconds_apart():
    seconds, faults = [0.0], [StorageFault.LOCKED, None, StorageFault.LOCKED, StorageFault.LOCKED, StorageFault.FULL]
    probe = WriteProbe(lambda: faults.pop(0), lambda: seconds[0])
    assert probe() is None and probe(accept_first=True) is StorageFault.LOCKED and len(faults) == 4
    found = []
    for _ in range(4):
        seconds[0] += 5
        found.append(probe())
    assert found == [None, None, StorageFault.LOCKED, StorageFault.FULL]
