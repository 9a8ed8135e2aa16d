"""A repeated failure is logged with its traceback once, then rarely, and its recovery is logged."""

import logging

from stoppress.edge.http.connection_limit import ConnectionLimit, descriptor_limit
from stoppress.runtime.log_throttle import REPEAT_SECONDS, FailureLog


def record_failure(failures: FailureLog) -> None:
    try:
        raise OSError("the database is unavailable")
    except OSError:
        failures.record_failure()


def test_failure_log_writes_one_line_a_minute_when_a_failure_lasts(caplog, seconds):
    failures = FailureLog(logging.getLogger("storm"), "the log could not be read", seconds)
    with caplog.at_level(logging.INFO):
        for _ in range(4 * 150):
            record_failure(failures)
            seconds.now += 0.25
        failures.record_success()
        failures.record_success()
        record_failure(failures)
    lines = [(record.levelname, bool(record.exc_info), record.getMessage()) for record in caplog.records]
    assert lines == [
        ("ERROR", True, "the log could not be read; retrying"),
        ("ERROR", False, "the log could not be read; failed 241 times in a row"),
        ("ERROR", False, "the log could not be read; failed 481 times in a row"),
        ("INFO", False, "recovered after 600 failures: the log could not be read"),
        ("ERROR", True, "the log could not be read; retrying"),
    ]


def test_connection_limit_reserves_descriptors_and_logs_refusals_rarely(caplog, seconds, monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, 4096))
    limit = ConnectionLimit(seconds)
    assert descriptor_limit() == 960
    assert [limit.is_exceeded(number) for number in (3, 959, 960, 1023)] == [False, False, True, True]
    seconds.now += REPEAT_SECONDS
    assert limit.is_exceeded(960)
    assert [record.getMessage()[-10:] for record in caplog.records] == ["; 1 refused"[-10:], "; 3 refused"[-10:]]
    monkeypatch.setattr("resource.getrlimit", lambda _: (100, 100))
    assert descriptor_limit() == 75
