"""What must hold on SQLite must hold on PostgreSQL: the same tests, run again in a process with another database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.postgresql import cluster

ROOT = Path(__file__).parents[2]
AGAIN = [
    "tests/integration/test_log_law.py",
    "tests/integration/test_import.py",
    "tests/integration/test_two_writers.py",
    "tests/integration/test_one_view.py",
    "tests/integration/test_follower.py",
    "tests/integration/test_lanes.py",
    "tests/integration/test_put_back.py",
    "tests/integration/test_clock.py",
    "tests/integration/test_clock_turn.py",
    "tests/integration/test_digests.py",
    "tests/integration/test_digests_muted.py",
    "tests/integration/test_housekeeping.py",
    "tests/integration/test_brakes_race.py",
    "tests/integration/test_lists.py",
    "tests/integration/test_erasing.py",
    "tests/integration/test_readers_pages.py",
    "tests/integration/test_api_subscribers.py",
    "tests/integration/test_alert_decisions.py",
    "tests/integration/test_mailer_alerts.py",
    "tests/integration/test_two_mailers.py",
    "tests/integration/test_return_taking.py",
]


LEDGER = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/integration/test_ledger*.py"))
PARTS = 4
SECONDS = 600
"""Limit of one part, far beyond what it needs: on a busy machine the parts run beside others."""


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("part", range(PARTS))
def test_log_importing_and_ledger_hold_on_postgresql(tmp_path, part):
    with cluster() as address:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment = kept | {"DATABASE_URL": address, "STOPPRESS_HOME": str(tmp_path)}
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *[*AGAIN, *LEDGER][part::PARTS]]
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS)
        assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
        assert " passed" in run.stdout
