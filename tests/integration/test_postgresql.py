"""What must hold on SQLite must hold on PostgreSQL: the same tests, run again in a process with another database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.postgresql import cluster

ROOT = Path(__file__).parents[2]
AGAIN = [
    "tests/integration/coverage/test_log_properties.py",
    "tests/integration/importing/test_page_import.py",
    "tests/integration/coverage/test_concurrent_writers.py",
    "tests/integration/coverage/test_read_snapshot.py",
    "tests/integration/coverage/test_search.py",
    "tests/integration/edge/test_log_follower.py",
    "tests/integration/service/test_concurrency_limits.py",
    "tests/integration/edge/test_restored_database.py",
    "tests/integration/service/test_scheduler.py",
    "tests/integration/service/test_scheduler_leader_lock.py",
    "tests/integration/alerts/test_digests.py",
    "tests/integration/alerts/test_digest_mutes.py",
    "tests/integration/service/test_data_retention.py",
    "tests/integration/runtime/test_rate_limit_races.py",
    "tests/integration/runtime/test_storage_faults.py",
    "tests/integration/signup/test_subscriber_lists.py",
    "tests/integration/signup/test_erase_subscriber.py",
    "tests/integration/signup/test_subscriber_pages.py",
    "tests/integration/desk/test_api_subscribers.py",
    "tests/integration/alerts/test_decisions.py",
    "tests/integration/delivery/test_claim_subscribers.py",
    "tests/integration/delivery/test_corrections.py",
    "tests/integration/delivery/test_ledger_by_subscriber.py",
    "tests/integration/delivery/test_ledger_properties.py",
    "tests/integration/delivery/test_mailer_alerts.py",
    "tests/integration/delivery/test_recipients.py",
    "tests/integration/delivery/test_retries.py",
    "tests/integration/delivery/test_two_mailers.py",
    "tests/integration/inbound/test_record_report.py",
]

PARTS = 4
SECONDS = 600
"""Limit of one part, far beyond what it needs: on a busy machine the parts run beside others."""


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("part", range(PARTS))
def test_marked_tests_pass_on_postgresql(tmp_path, part):
    with cluster() as address:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment = kept | {"DATABASE_URL": address, "STOPPRESS_HOME": str(tmp_path)}
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *AGAIN[part::PARTS]]
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS)
        assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
        assert " passed" in run.stdout
