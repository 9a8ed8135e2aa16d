"""Several worker processes on one port: equal for all readers, one mailer, restarted, stopped gracefully."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from json import loads
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.waiting import wait_until
from tests.support.worker_processes import WorkerReader, count_listening_sockets, worker_pids

PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"
LATER = PAGE.replace("20:04", "20:09\nFerry waits\n\nNo boat before ten.\n\n20:04")
IMPORT = ("import", "-", "--slug", "storm", "--title", "Storm Maren", "--zone", "Europe/London")
FIRST_CHANGE_OF_LATER = 3
"""Changes 1 and 2 are the live blog and the post of PAGE."""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Start three workers, with a live blog."""
    created = Installation(tmp_path / "home")
    created.run(*IMPORT, given=PAGE)
    created.start("--workers", "3")
    wait_until(lambda: count_listening_sockets(created.port) == 3)  # the first worker answers before the others listen
    yield created
    created.stop()


def metric(installation: Installation, name: str) -> float:
    with urllib.request.urlopen(f"{installation.url}/metrics", timeout=5) as response:
        lines = response.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_workers_deliver_a_change_of_another_process_to_all_readers_of_one_port(installation: Installation) -> None:
    assert len(worker_pids(installation)) == 3 and len(installation.mailers()) == 1
    with ExitStack() as stack:
        streams = [stack.enter_context(WorkerReader(installation.port)).open_stream("storm") for _ in range(30)]
        wait_until(lambda: metric(installation, "stoppress_stream_readers") == 30)
        installation.run(*IMPORT, given=LATER)
        started = time.monotonic()
        changes = [loads(stream.read_changes(FIRST_CHANGE_OF_LATER)[0][6:]) for stream in streams]
        assert time.monotonic() - started < 1.0
        assert len({change["cursor"] for change in changes}) == 1
        wait_until(lambda: metric(installation, "stoppress_stream_delivery_seconds_count") == 30)
        assert metric(installation, "stoppress_stream_holding") == 30


def test_other_workers_answer_when_one_is_killed_and_restarted(installation: Installation) -> None:
    first = worker_pids(installation)
    os.kill(first[0], signal.SIGKILL)
    # Connections that it had accepted are lost; new ones must not be. The kernel closes its socket before it is reaped.
    wait_until(lambda: not Path(f"/proc/{first[0]}").exists())
    for _ in range(10):
        with urllib.request.urlopen(f"{installation.url}/healthz", timeout=5) as response:
            assert response.status == 200
    wait_until(lambda: len(worker_pids(installation)) == 3 and first[0] not in worker_pids(installation), seconds=15)


def test_stop_ends_all_processes_and_sends_bye_to_readers(installation: Installation) -> None:
    with ExitStack() as stack:
        streams = [stack.enter_context(WorkerReader(installation.port)).open_stream("storm") for _ in range(6)]
        children = installation.child_pids()
        assert installation.stop() == 0
        for stream in streams:
            assert b"event: bye" in stream._file.read()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def test_workers_end_when_their_supervisor_is_killed(installation: Installation) -> None:
    children = installation.child_pids()
    installation.kill_web_only()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), seconds=20)


def test_start_is_refused_in_one_line_when_the_port_is_taken(installation: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other")
    other.port = installation.port
    code, message = other.fail("serve", "--port", str(other.port), "--workers", "2")
    assert code == 2 and "cannot listen on" in message
