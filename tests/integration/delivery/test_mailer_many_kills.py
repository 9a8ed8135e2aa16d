"""`kill -9` at random moments, many times: the ledger agrees with what the relay received from the mailer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
pytestmark = pytest.mark.timeout(320)


@pytest.mark.parametrize(("victim", "kills"), [("mailer", 12), ("relay", 6), ("database", 3)])
def test_no_recipient_is_missing_or_mailed_twice_after_many_kills(victim, kills):
    command = [sys.executable, "-m", "bench", "kills", "--victim", victim, "--kills", str(kills)]
    command += ["--recipients", "1500", "--connections", "4", "--json"]
    completed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert completed.returncode == 0, completed.stderr[-3000:]
    figures = json.loads(completed.stdout.splitlines()[-1])
    assert (figures["kills"], figures["missing"], figures["twice"]) == (kills, 0, 0)
    assert figures["uncertain_per_kill"] <= 4 * 25
