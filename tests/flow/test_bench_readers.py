"""`python -m bench alerts --case readers` in a short form: it measures what it reports, whatever the speed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(330)


def test_reader_latency_is_measured_idle_during_a_send_and_beside_smtp_source():
    command = [sys.executable, "-m", "bench", "alerts", "--case", "readers", "--json", "--rounds", "1"]
    short = ["--readers", "40", "--recipients", "1500", "--seconds", "1", "--connections", "4"]
    ran = subprocess.run([*command, *short], cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-3000:]
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert (figures["readers"], figures["recipients"]) == (40, 1500)
    for name in ("stream_p99", "commit_p99"):
        times = [figures[f"{name}_{kind}"] for kind in ("idle", "sending", "beside_smtp_source")]
        assert min(times) > 0
        assert figures[f"{name}_ratio"] > 0
    assert figures["posts"] > 0
    assert figures["rate_per_s"] > 0 < figures["smtp_source_per_s"]
