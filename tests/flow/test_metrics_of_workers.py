"""/metrics with several workers: sums from each of them, counters that survive kill -9, gauges of the living only."""

import http.client
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flow.test_withdrawn_post import Reader
from tests.flow.test_workers import listening
from tests.support.installation import Installation
from tests.support.web_server import wait_until
from tests.support.worker_processes import worker_pids

PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"
LATER = PAGE.replace("20:04", "20:09\nFerry waits\n\nNo boat before ten.\n\n20:04")
IMPORT = ("import", "-", "--slug", "storm", "--title", "Storm Maren", "--zone", "Europe/London")
OTHER_EPOCH = "00000000-7"
READERS, RESET = 10, 4
"""Readers who follow, and readers whose log is not there any more."""
COUNTERS = ("resets_total", "delivery_seconds_count", "delivery_seconds_sum")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Return two workers and a live blog."""
    made = Installation(tmp_path / "home")
    made.run(*IMPORT, given=PAGE)
    made.start("--workers", "2")
    wait_until(lambda: listening(made.port) == 2)
    yield made
    made.stop()


def text_of(wire: Reader) -> str:
    """Return what one worker answers at /metrics."""
    return wire.fetch("/metrics").decoded_body.decode()


def value(text: str, name: str) -> float:
    """Return the sum of a metric's samples."""
    return sum(float(found) for found in re.findall(rf"^stoppress_stream_{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))


def connect(installation: Installation, stack: ExitStack) -> dict[int, Reader]:
    """Return a kept connection to each worker; the kernel deals the connections out."""
    found: dict[int, Reader] = {}
    wanted = worker_pids(installation)
    while len(found) < len(wanted):
        wire = stack.enter_context(Reader(installation.port))
        wire.fetch("/healthz")
        found.setdefault(wire.worker(wanted), wire)
    return found


def test_counters_survive_a_killed_worker_and_gauges_fall(installation: Installation) -> None:
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(installation.port)).follow() for _ in range(READERS)]
        while len({reader.worker(worker_pids(installation)) for reader in readers}) < 2:  # one dealt out unluckily
            readers.append(stack.enter_context(Reader(installation.port)).follow())
        for _ in range(RESET):
            stack.enter_context(Reader(installation.port)).follow(OTHER_EPOCH)
        held = [reader.worker(worker_pids(installation)) for reader in readers]
        installation.run(*IMPORT, given=LATER)
        wires = connect(installation, stack)
        victim, other = wires
        wait_until(lambda: value(text_of(wires[other]), "delivery_seconds_count") == len(readers))
        wait_until(lambda: value(text_of(wires[other]), "resets_total") == RESET)
        before = text_of(wires[other])
        assert value(before, "readers") == len(readers) + RESET
        assert value(text_of(wires[victim]), "delivery_seconds_count") == len(readers)

        os.kill(victim, signal.SIGKILL)
        seen = [before]
        until = time.monotonic() + 20
        while len(worker_pids(installation)) < 2 or victim in worker_pids(installation):
            assert time.monotonic() < until
            seen.append(text_of(wires[other]))
        for name in COUNTERS:
            assert {value(text, name) for text in seen} == {value(before, name)}, name
        living = held.count(other)
        wait_until(lambda: living <= value(text_of(wires[other]), "readers") <= living + RESET)
        assert value(text_of(wires[other]), "holding") == living

        wait_until(lambda: listening(installation.port) == 2)
        texts = [text_of(wire) for wire in connect(installation, stack).values()]
        assert [value(text, "resets_total") for text in texts] == [RESET, RESET]
        assert [value(text, "delivery_seconds_count") for text in texts] == [len(readers)] * 2
        assert [value(text, "holding") for text in texts] == [living, living]


def test_an_installation_that_starts_counts_from_nothing(installation: Installation) -> None:
    with ExitStack() as stack:
        stack.enter_context(Reader(installation.port)).follow(OTHER_EPOCH)
        wait_until(lambda: value(fetch(installation), "resets_total") == 1)
    installation.stop()
    installation.start("--workers", "2")
    wait_until(lambda: "stoppress_stream_resets_total" in fetch(installation))
    assert value(fetch(installation), "resets_total") == 0
    assert not list((installation.home / "run").glob("gone.figures"))


def fetch(installation: Installation) -> str:
    """Return what any worker answers at /metrics."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=5)
    connection.request("GET", "/metrics", headers={"Host": "localhost"})
    text = connection.getresponse().read().decode()
    connection.close()
    return text
