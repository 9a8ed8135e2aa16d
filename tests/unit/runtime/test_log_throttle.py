"""What fails again and again is told whole once, then now and then, and when it is over."""

import logging

from stoppress.edge.http.connection_limit import ConnectionLimit, descriptor_limit
from stoppress.runtime.log_throttle import REPEAT_SECONDS, FailureLog


def fail(complaint: FailureLog) -> None:
    try:
        raise OSError("the database is away")
    except OSError:
        complaint.record_failure()


def test_a_fault_that_stays_fills_no_log(caplog, seconds):
    complaint = FailureLog(logging.getLogger("storm"), "the log could not be read", seconds)
    with caplog.at_level(logging.INFO):
        for _ in range(4 * 150):
            fail(complaint)
            seconds.now += 0.25
        complaint.record_success()
        complaint.record_success()
        fail(complaint)
    told = [(record.levelname, bool(record.exc_info), record.getMessage()) for record in caplog.records]
    assert told == [
        ("ERROR", True, "the log could not be read; trying again"),
        ("ERROR", False, "the log could not be read, for the 241. time"),
        ("ERROR", False, "the log could not be read, for the 481. time"),
        ("INFO", False, "settled after 600 times: the log could not be read"),
        ("ERROR", True, "the log could not be read; trying again"),
    ]


def test_the_last_open_files_are_for_ourselves(caplog, seconds, monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, 4096))
    crowding = ConnectionLimit(seconds)
    assert descriptor_limit() == 960
    assert [crowding.is_exceeded(number) for number in (3, 959, 960, 1023)] == [False, False, True, True]
    seconds.now += REPEAT_SECONDS
    assert crowding.is_exceeded(960)
    assert [record.getMessage()[-10:] for record in caplog.records] == ["; 1 refused"[-10:], "; 3 refused"[-10:]]
    monkeypatch.setattr("resource.getrlimit", lambda _: (100, 100))
    assert descriptor_limit() == 75
