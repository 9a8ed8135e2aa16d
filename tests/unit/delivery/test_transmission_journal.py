"""The transmission journal: what it proves about started deliveries, and when it proves nothing."""

import signal
import subprocess
import sys

import pytest

from stoppress.delivery.sender import transmission_journal
from stoppress.delivery.sender.transmission_journal import (
    TransmissionJournal,
    delete_journals,
    journal_path,
    read_started,
)
from stoppress.runtime import clock

HOLDER = "0123456789abcdef"
KILLED_MAILER_SCRIPT = """
import os, runpy, signal, sys
from pathlib import Path
journal = runpy.run_path(sys.argv[2])["TransmissionJournal"].create(Path(sys.argv[1]), "0123456789abcdef")
for number in (5, 6, 7, 2**40):
    journal.mark_started(number)
journal.clear([6])
os.kill(os.getpid(), signal.SIGKILL)
"""


def run_killed_mailer(home):
    completed = subprocess.run(
        [sys.executable, "-c", KILLED_MAILER_SCRIPT, str(home), transmission_journal.__file__], check=False
    )
    assert completed.returncode == -signal.SIGKILL


def test_successor_reads_started_deliveries_of_a_killed_process(tmp_path):
    run_killed_mailer(tmp_path)
    assert read_started(tmp_path, HOLDER) == {5, 7, 2**40}


def test_journal_proves_nothing_when_its_mailer_runs(tmp_path):
    journal = TransmissionJournal.create(tmp_path, HOLDER)
    journal.mark_started(5)
    assert read_started(tmp_path, HOLDER) is None
    delete_journals(tmp_path, keep="another")
    assert journal_path(tmp_path, HOLDER).exists()
    journal.close()
    assert read_started(tmp_path, HOLDER) == {5}


@pytest.mark.parametrize("damage", ["missing", "short", "long", "magic", "boot", "owner", "overflow"])
def test_journal_proves_nothing_when_it_is_missing_foreign_damaged_or_of_another_boot(tmp_path, damage, monkeypatch):
    run_killed_mailer(tmp_path)
    path = journal_path(tmp_path, HOLDER)
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "boot":
        other = tmp_path / "boot_id"
        other.write_text("00000000-0000-0000-0000-000000000000\n")
        monkeypatch.setattr(clock, "BOOT_ID", other)
    elif damage == "owner":
        path.rename(journal_path(tmp_path, "fedcba9876543210"))
        assert read_started(tmp_path, "fedcba9876543210") is None
    else:
        changed = {
            "short": content[:-8],
            "long": content + b"\0",
            "magic": b"X" + content[1:],
            "overflow": content[:72] + b"\1" + content[73:],
        }
        path.write_bytes(changed[damage])
    assert read_started(tmp_path, HOLDER) is None


def test_journal_proves_nothing_when_it_has_no_boot_id(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "BOOT_ID", tmp_path / "missing")
    TransmissionJournal.create(tmp_path, HOLDER).close()
    journal = TransmissionJournal.create(tmp_path, HOLDER)
    journal.mark_started(5)
    journal.close()
    assert read_started(tmp_path, HOLDER) is None


def test_journal_proves_nothing_when_it_overflowed(tmp_path):
    journal = TransmissionJournal.create(tmp_path, HOLDER)
    for number in range(1, 32_768 + 2):
        journal.mark_started(number)
    journal.close()
    assert read_started(tmp_path, HOLDER) is None


def test_slots_are_reused_and_a_delivery_is_marked_once(tmp_path):
    journal = TransmissionJournal.create(tmp_path, HOLDER)
    for number in range(1, 100_000):
        journal.mark_started(number)
        journal.mark_started(number)
        journal.clear([number, number + 1_000_000])
    journal.mark_started(3)
    journal.close()
    assert read_started(tmp_path, HOLDER) == {3}


def test_file_is_deleted_by_a_clean_end_and_by_a_successor(tmp_path):
    journal = TransmissionJournal.create(tmp_path, HOLDER)
    journal.mark_started(5)
    journal.clear([5])
    journal.close()
    assert not journal_path(tmp_path, HOLDER).exists()
    run_killed_mailer(tmp_path)
    delete_journals(tmp_path, keep="another")
    assert not journal_path(tmp_path, HOLDER).exists()


def test_journal_without_a_file_records_nothing(tmp_path, caplog):
    (tmp_path / "run").write_text("not a folder")
    journal = TransmissionJournal.create(tmp_path, HOLDER)
    journal.mark_started(5)
    journal.clear([5])
    journal.close()
    assert read_started(tmp_path, HOLDER) is None
    assert "cannot be created" in caplog.text


def test_file_is_private(tmp_path):
    journal = TransmissionJournal.create(tmp_path, HOLDER)
    assert journal_path(tmp_path, HOLDER).stat().st_mode & 0o077 == 0
    journal.close()
