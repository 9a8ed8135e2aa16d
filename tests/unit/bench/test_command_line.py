"""`python -m bench`: its verbs and options, and the processes of `--busy`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.command_line import parser
from bench.fanout.busy_processes import busy_processes
from bench.processes import cpu_seconds

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.parametrize("verb", ["fanout", "pages", "alerts", "kills", "chaos"])
def test_every_benchmark_has_json_and_a_measurement(verb: str) -> None:
    options = parser().parse_args([verb, "--json"])
    assert options.json is True
    assert callable(options.measure) and callable(options.as_json)


@pytest.mark.parametrize(("given", "number"), [([], 0), (["--busy"], 2), (["--busy", "5"], 5)])
def test_busy_option_is_off_two_or_a_number(given: list[str], number: int) -> None:
    assert parser().parse_args(["fanout", *given]).busy == number


def test_fanout_defaults_equal_the_targets() -> None:
    options = parser().parse_args(["fanout"])
    assert (options.readers, options.repeats, options.stalled, options.workers) == (9000, 15, 300, 1)


def test_help_names_all_benchmarks() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "--help"], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0
    assert "{" not in done.stdout and all(
        f"\n    {verb} " in done.stdout for verb in ("fanout", "pages", "alerts", "kills", "chaos")
    )


def test_busy_processes_run_until_the_block_ends() -> None:
    with busy_processes(2) as pids:
        assert len(pids) == 2
        end = time.monotonic() + 30
        while min(cpu_seconds(pid) for pid in pids) < 0.1 and time.monotonic() < end:
            time.sleep(0.05)
        assert min(cpu_seconds(pid) for pid in pids) >= 0.1
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
