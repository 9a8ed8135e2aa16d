"""Pytest plugin of the recording run: names the running test in child processes too, and keeps each test's duration."""

import base64
import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

CONFIGURATION = "COVERAGE_PROCESS_CONFIG"  # coverage.py passes its settings to child processes in this variable
durations: dict[str, float] = defaultdict(float)
failed: set[str] = set()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let coverage.py in child processes attribute what it measures to this test."""
    if serialised := os.environ.get(CONFIGURATION):
        settings = json.loads(base64.b64decode(serialised))
        settings["context"] = f"{item.nodeid}|child"
        os.environ[CONFIGURATION] = base64.b64encode(json.dumps(settings).encode()).decode()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the time of a test function over its phases and parameters."""
    name = report.nodeid.partition("[")[0]
    durations[name] += report.duration
    if report.failed:
        failed.add(name)


def pytest_sessionfinish() -> None:
    """Write the durations of the tests that passed, in seconds, where the driver reads them."""
    if target := os.environ.get("MUTATION_DURATIONS"):
        passed = {name: seconds for name, seconds in durations.items() if name not in failed}
        Path(target).write_text(json.dumps(passed, indent=0, sort_keys=True), encoding="utf-8")
