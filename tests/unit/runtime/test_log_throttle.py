"""What fails again and again is told whole once, then now and then, and when it is over."""

import logging

from stoppress.edge.http.connection_limit import Crowding, most_open
from stoppress.runtime.log_throttle import SAID_EVERY, Complaint


def fail(complaint: Complaint) -> None:
    try:
        raise OSError("the database is away")
    except OSError:
        complaint.make()


def test_a_fault_that_stays_fills_no_log(caplog, seconds):
    complaint = Complaint(logging.getLogger("storm"), "the log could not be read", seconds)
    with caplog.at_level(logging.INFO):
        for _ in range(4 * 150):
            fail(complaint)
            seconds.now += 0.25
        complaint.settle()
        complaint.settle()
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
    crowding = Crowding(seconds)
    assert most_open() == 960
    assert [crowding.full(number) for number in (3, 959, 960, 1023)] == [False, False, True, True]
    seconds.now += SAID_EVERY
    assert crowding.full(960)
    assert [record.getMessage()[-10:] for record in caplog.records] == ["; 1 refused"[-10:], "; 3 refused"[-10:]]
    monkeypatch.setattr("resource.getrlimit", lambda _: (100, 100))
    assert most_open() == 75
