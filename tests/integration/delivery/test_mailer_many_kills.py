"""Kill -9 at random moments, again and again: the ledger agrees with what the relay has read, reader by reader."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
pytestmark = pytest.mark.timeout(320)


@pytest.mark.parametrize(("victim", "kills"), [("mailer", 12), ("relay", 6), ("database", 3)])
def test_after_many_kills_nobody_is_missing_and_only_the_uncertain_may_have_it_twice(victim, kills):
    command = [sys.executable, "-m", "bench", "kills", "--victim", victim, "--kills", str(kills)]
    command += ["--recipients", "1500", "--connections", "4", "--json"]
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-3000:]
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert (figures["kills"], figures["missing"], figures["twice"]) == (kills, 0, 0)
    assert figures["uncertain_per_kill"] <= 4 * 25
