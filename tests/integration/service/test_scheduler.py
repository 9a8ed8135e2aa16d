"""The scheduler: independent jobs, one active process, an immediate stop."""

import signal
import subprocess
import sys
import time
from datetime import timedelta
from subprocess import PIPE

import pytest
from django.db import DatabaseError

from stoppress.service.errors import CommandError
from stoppress.service.processes.roles import CHILD_ROLES, DEFAULT_ROLES, read_roles
from stoppress.service.scheduler.job_journal import read_journal
from stoppress.service.scheduler.job_schedule import Job
from stoppress.service.scheduler.job_table import scheduled_jobs
from stoppress.service.scheduler.process import Scheduler
from stoppress.service.scheduler.scheduler_lock import is_scheduler_lock_held, scheduler_lock

pytestmark = pytest.mark.django_db

WAITING = """
import sys
from stoppress.runtime.processes.stop_signal import StopSignal
with StopSignal() as stop:
    print("ready", flush=True)
    while not stop.is_set:
        stop.wait(60)
print("told", flush=True)
"""


class Always:
    """A turn that is ours while `held`."""

    def __init__(self, held=True):
        self.held = held

    def acquire(self):
        return self.held

    def release(self):
        self.held = False


def broken(now):
    raise ValueError("it does not work")


def unanswered(now):
    raise DatabaseError("the disk is full")


def test_failing_job_is_counted_and_does_not_stop_others(tmp_path, clock, caplog):
    done = []
    table = [
        Job(name, timedelta(hours=1), work) for name, work in (("a", broken), ("b", unanswered), ("c", done.append))
    ]
    at_work = Scheduler(table, Always(), tmp_path)
    at_work.run_due_jobs(clock())
    at_work.run_due_jobs(clock.tick(1))
    records = read_journal(tmp_path)
    assert len(done) == 1
    assert {name: record.failures for name, record in records.items()} == {"a": 1, "b": 1, "c": 0}
    assert "a failed" in caplog.text and "it does not work" in caplog.text and "the disk is full" in caplog.text


def test_successor_continues_the_journal(tmp_path, clock):
    done = []
    table = [Job("sweep", timedelta(hours=1), done.append)]
    Scheduler(table, Always(), tmp_path).run_due_jobs(clock())
    successor = Scheduler(table, Always(), tmp_path)
    successor.run_due_jobs(clock.tick(60))
    assert len(done) == 1
    successor.run_due_jobs(clock.tick(3600))
    assert len(done) == 2


def test_standby_scheduler_runs_nothing(tmp_path, clock):
    done, whose = [], Always(held=False)
    standing_by = Scheduler([Job("sweep", timedelta(hours=1), done.append)], whose, tmp_path)
    standing_by.run_due_jobs(clock())
    assert not done
    whose.held = True
    standing_by.run_due_jobs(clock())
    assert len(done) == 1


def test_second_scheduler_takes_over_when_the_first_ends(tmp_path):
    first, second = scheduler_lock(tmp_path), scheduler_lock(tmp_path)
    assert not is_scheduler_lock_held(tmp_path)
    assert first.acquire() and first.acquire()
    assert not second.acquire() and is_scheduler_lock_held(tmp_path)
    first.release()
    assert second.acquire() and not first.acquire()
    first.release()
    second.release()
    assert not is_scheduler_lock_held(tmp_path)


def test_every_job_runs_on_an_empty_database(db, clock, settings):
    settings.CANARY_ADDRESS = "canary@example.com"
    table = scheduled_jobs()
    assert len({job.name for job in table}) == len(table)
    assert {job.name: job.work(clock()) for job in table} == {job.name: int(job.name == "canary") for job in table}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, None])
def test_scheduler_stops_by_signal_or_with_its_parent(number):
    with subprocess.Popen([sys.executable, "-c", WAITING], stdin=PIPE, stdout=PIPE, text=True) as child:
        assert child.stdin and child.stdout and child.stdout.readline() == "ready\n"
        child.stdin.write("\n")
        child.stdin.flush()
        time.sleep(0.2)
        assert child.poll() is None
        child.stdin.close() if number is None else child.send_signal(number)
        assert child.stdout.read() == "told\n"
        assert child.wait(20) == 0


def test_roles_option_refuses_unknown_roles():
    assert read_roles(DEFAULT_ROLES) == {"desk", "edge", "mailer", "clock", "bounces"}
    assert read_roles(" clock , mailer") == {"clock", "mailer"}
    for wrong in ("", "desk", "tea", "clock,tea"):
        with pytest.raises(CommandError):
            read_roles(wrong)
    assert all(callable(role.main) for role in CHILD_ROLES.values())
