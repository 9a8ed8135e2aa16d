"""Due jobs: once per slot across restarts, failed ones sooner with growing delay."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stoppress.service.scheduler.job_journal import JOURNAL_FILE, read_journal, write_journal
from stoppress.service.scheduler.job_schedule import Job, JobRecord, due_jobs, is_due

START = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def job(interval=HOUR, offset=timedelta(), name="sweep"):
    return Job(name, interval, lambda now: 0, offset)


def test_job_is_due_once_per_hour():
    assert is_due(job(), None, START)
    ran = JobRecord(START + timedelta(minutes=7))
    assert not is_due(job(), ran, START + timedelta(minutes=59))
    assert is_due(job(), ran, START + HOUR)


def test_offset_shifts_the_slots():
    ran = JobRecord(START + timedelta(minutes=1))
    moved = job(timedelta(minutes=15), timedelta(minutes=1))
    assert not is_due(moved, ran, START + timedelta(minutes=15, seconds=59))
    assert is_due(moved, ran, START + timedelta(minutes=16))


def test_failed_job_is_retried_with_growing_delay_up_to_its_interval():
    failed = JobRecord(START).after(START, succeeded=False)
    assert not is_due(job(), failed, START + timedelta(seconds=59))
    assert is_due(job(), failed, START + timedelta(minutes=1))
    again = failed.after(START, succeeded=False)
    assert not is_due(job(), again, START + timedelta(minutes=1))
    assert is_due(job(), again, START + timedelta(minutes=2))
    for _ in range(20):
        again = again.after(START, succeeded=False)
    assert is_due(job(), again, START + HOUR)
    assert is_due(job(timedelta(seconds=5)), again, START + timedelta(seconds=5))


def test_success_resets_the_failure_count():
    record = (
        JobRecord(START)
        .after(START, succeeded=False)
        .after(START + HOUR, succeeded=True)
        .after(START + 2 * HOUR, succeeded=False)
    )
    assert (record.failures, record.failed, record.runs) == (1, 2, 3)
    assert record.succeeded_at == START + HOUR


def test_job_is_due_when_the_clock_was_set_back():
    assert is_due(job(), JobRecord(START + timedelta(days=300)), START)


def test_due_jobs_are_returned_in_the_order_of_the_table():
    table = [job(name="a"), job(name="b"), job(name="c")]
    assert [one.name for one in due_jobs(table, {"b": JobRecord(START)}, START)] == ["a", "c"]


@given(
    interval=st.integers(1, 1440).map(lambda minutes: timedelta(minutes=minutes)),
    offset=st.integers(0, 600).map(lambda seconds: timedelta(seconds=seconds)),
    steps=st.lists(st.integers(1, 4000), min_size=1, max_size=60),
)
def test_job_is_due_exactly_once_per_slot(interval, offset, steps):
    now, record, borders = START, None, 0
    one = job(interval, offset)

    def slot(moment):
        return (moment - datetime(1970, 1, 1, tzinfo=UTC) - offset) // interval

    for seconds in steps:
        now += timedelta(seconds=seconds)
        passed = record is None or slot(now) > slot(record.at)
        assert is_due(one, record, now) is passed
        if passed:
            record, borders = JobRecord(now), borders + 1
    assert borders >= 1


def test_journal_round_trips_and_ignores_garbage(tmp_path):
    records = {
        "digests": JobRecord(START).after(START, succeeded=True),
        "sweep": JobRecord(START).after(START, succeeded=False),
    }
    write_journal(tmp_path, records)
    assert read_journal(tmp_path) == records
    for garbage in ("", "[]", "{", '{"a": 1}', '{"a": {"at": "yesterday"}}', "null"):
        (tmp_path / JOURNAL_FILE).write_text(garbage)
        assert read_journal(tmp_path) == {}
    (tmp_path / JOURNAL_FILE).unlink()
    assert read_journal(tmp_path) == {}
