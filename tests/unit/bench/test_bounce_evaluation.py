"""The evaluation of bounce parsing by folds, on two invented messages."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.bounces import EvaluationCounts, Share, evaluate_folds, fold_of, worst_percents
from tests.factories.bounce_messages import ADA, build_report, recipient_fields


@pytest.fixture
def labelled_folder(tmp_path: Path) -> Path:
    """Return a folder with one dead and one full mailbox, labelled as such."""
    (tmp_path / "messages").mkdir()
    rows = []
    for name, status, diagnostic, reason, hard in (
        ("dead.eml", "5.1.1", "smtp; 550 5.1.1 User unknown", "userunknown", "True"),
        ("full.eml", "5.2.2", "smtp; 552 5.2.2 mailbox full", "mailboxfull", "False"),
    ):
        (tmp_path / "messages" / name).write_bytes(build_report("\n", recipient_fields(ADA, status, diagnostic)))
        rows.append((name, "1", status, "550", reason, hard))
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "recipient", "status", "reply", "reason", "hard"), *rows])
    return tmp_path


def test_each_file_is_in_one_fold_and_always_in_the_same() -> None:
    assert [fold_of("dead.eml", 2), fold_of("full.eml", 2)] == [fold_of("dead.eml", 2), fold_of("full.eml", 2)]
    assert {fold_of(f"{number}.eml", 3) for number in range(50)} == {0, 1, 2}


def test_folds_together_count_every_message_once(labelled_folder: Path) -> None:
    tallies = evaluate_folds(labelled_folder, 4)
    assert [sum(tally.found.of for tally in tallies), sum(tally.dead_right.right for tally in tallies)] == [2, 2]
    assert [tally.found.of for tally in evaluate_folds(labelled_folder, 1, {"dead.eml"})] == [1]


def test_worst_fold_is_the_lowest_share_and_the_highest_of_killed() -> None:
    tallies = [
        EvaluationCounts(found=Share(9, 10), killed=Share(0, 10)),
        EvaluationCounts(found=Share(7, 10), killed=Share(1, 10)),
        EvaluationCounts(),
    ]
    assert worst_percents(tallies) == {"found": 70.0, "killed": 10.0}


def test_folds_option_prints_each_fold_and_the_worst(labelled_folder: Path) -> None:
    command = [sys.executable, "-m", "bench.bounces", str(labelled_folder), "--folds", "2"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.split()[0] for line in printed] == ["fold", "1", "2", "worst"]
    as_json = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout
    assert json.loads(as_json)["worst"] == {"found": 100.0, "dead_right": 100.0, "killed": 0.0, "reason": 100.0}
