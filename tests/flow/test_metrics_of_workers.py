"""/metrics with several workers: sums over all of them; counters survive kill -9, gauges count living workers only."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.waiting import wait_until
from tests.support.worker_processes import WorkerReader, count_listening_sockets, worker_pids

SLUG = "storm"
PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"
LATER = PAGE.replace("20:04", "20:09\nFerry waits\n\nNo boat before ten.\n\n20:04")
IMPORT = ("import", "-", "--slug", SLUG, "--title", "Storm Maren", "--zone", "Europe/London")
OTHER_EPOCH = "00000000-7"
READERS, RESET_READERS = 10, 4
"""Readers of the current log, and readers whose log does not exist any more."""
COUNTERS = ("resets_total", "delivery_seconds_count", "delivery_seconds_sum")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Start two workers, with a live blog."""
    created = Installation(tmp_path / "home")
    created.run(*IMPORT, given=PAGE)
    created.start("--workers", "2")
    wait_until(lambda: count_listening_sockets(created.port) == 2)
    yield created
    created.stop()


def metrics(connection: WorkerReader) -> str:
    """Return what one worker answers at /metrics."""
    return connection.fetch("/metrics").decoded_body.decode()


def metrics_of_any_worker(installation: Installation) -> str:
    """Return what any worker answers at /metrics."""
    with WorkerReader(installation.port) as connection:
        return metrics(connection)


def value(text: str, name: str) -> float:
    """Return the sum of a metric's samples."""
    samples = re.findall(rf"^stoppress_stream_{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
    return sum(float(sample) for sample in samples)


def connect_to_each_worker(installation: Installation, stack: ExitStack) -> dict[int, WorkerReader]:
    """Return a kept connection to each worker; the kernel distributes the connections."""
    connections: dict[int, WorkerReader] = {}
    pids = worker_pids(installation)
    while len(connections) < len(pids):
        connection = stack.enter_context(WorkerReader(installation.port))
        connection.fetch("/healthz")
        connections.setdefault(connection.worker(pids), connection)
    return connections


def open_stream(installation: Installation, stack: ExitStack, after: str = "") -> WorkerReader:
    return stack.enter_context(WorkerReader(installation.port)).open_stream(SLUG, after)


def test_counters_stay_and_gauges_fall_when_a_worker_is_killed(installation: Installation) -> None:
    with ExitStack() as stack:
        readers = [open_stream(installation, stack) for _ in range(READERS)]
        while len({reader.worker(worker_pids(installation)) for reader in readers}) < 2:
            readers.append(open_stream(installation, stack))  # the kernel gave all of them to one worker
        for _ in range(RESET_READERS):
            open_stream(installation, stack, OTHER_EPOCH)
        workers_of_readers = [reader.worker(worker_pids(installation)) for reader in readers]
        installation.run(*IMPORT, given=LATER)
        connections = connect_to_each_worker(installation, stack)
        victim, other = connections
        wait_until(lambda: value(metrics(connections[other]), "delivery_seconds_count") == len(readers))
        wait_until(lambda: value(metrics(connections[other]), "resets_total") == RESET_READERS)
        before = metrics(connections[other])
        assert value(before, "readers") == len(readers) + RESET_READERS
        assert value(metrics(connections[victim]), "delivery_seconds_count") == len(readers)

        os.kill(victim, signal.SIGKILL)
        seen = [before]
        deadline = time.monotonic() + 20
        while len(worker_pids(installation)) < 2 or victim in worker_pids(installation):
            assert time.monotonic() < deadline
            seen.append(metrics(connections[other]))
        for name in COUNTERS:
            assert {value(text, name) for text in seen} == {value(before, name)}, name
        living = workers_of_readers.count(other)
        wait_until(lambda: living <= value(metrics(connections[other]), "readers") <= living + RESET_READERS)
        assert value(metrics(connections[other]), "holding") == living

        wait_until(lambda: count_listening_sockets(installation.port) == 2)
        texts = [metrics(connection) for connection in connect_to_each_worker(installation, stack).values()]
        assert [value(text, "resets_total") for text in texts] == [RESET_READERS, RESET_READERS]
        assert [value(text, "delivery_seconds_count") for text in texts] == [len(readers)] * 2
        assert [value(text, "holding") for text in texts] == [living, living]


def test_counters_start_from_zero_when_the_installation_restarts(installation: Installation) -> None:
    with ExitStack() as stack:
        open_stream(installation, stack, OTHER_EPOCH)
        wait_until(lambda: value(metrics_of_any_worker(installation), "resets_total") == 1)
    installation.stop()
    installation.start("--workers", "2")
    wait_until(lambda: "stoppress_stream_resets_total" in metrics_of_any_worker(installation))
    assert value(metrics_of_any_worker(installation), "resets_total") == 0
    assert not list((installation.home / "run").glob("gone.figures"))
