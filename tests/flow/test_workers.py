"""Several processes on one port: the same for all readers, one mailer, kept running, stopped politely."""

import http.client
import json
import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.web_server import wait_until
from tests.support.worker_processes import worker_pids

PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "home")
    made.run("import", "-", "--slug", "storm", "--title", "Storm Maren", "--zone", "Europe/London", given=PAGE)
    made.start("--workers", "3")
    wait_until(lambda: listening(made.port) == 3)  # it answers as soon as the first of them does
    yield made
    made.stop()


class Stream:
    """A reader's connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        self._connection.request("GET", "/live/storm/stream")
        self.response = self._connection.getresponse()

    def next_change(self) -> dict[str, object]:
        for line in iter(self.response.readline, b""):
            if line.startswith(b'data: {"seq"'):
                return dict(json.loads(line[6:]))
        raise EOFError

    def close(self) -> None:
        self.response.close()
        self._connection.close()


def listening(port: int) -> int:
    """How many sockets wait for connections there (state 0A of /proc/net/tcp)."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(line[1].endswith(f":{port:04X}") and line[3] == "0A" for line in lines)


def metric(installation: Installation, name: str) -> float:
    with urllib.request.urlopen(f"{installation.url}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_workers_share_a_port_and_all_of_them_bring_what_another_process_wrote(installation):
    assert len(worker_pids(installation)) == 3 and len(installation.mailers()) == 1
    streams = [Stream(installation.port) for _ in range(30)]
    wait_until(lambda: metric(installation, "stoppress_stream_readers") == 30)
    more = PAGE.replace("20:04", "20:09\nFerry waits\n\nNo boat before ten.\n\n20:04")
    installation.run("import", "-", "--slug", "storm", "--title", "Storm Maren", "--zone", "Europe/London", given=more)
    begun = time.monotonic()
    found = [stream.next_change() for stream in streams]
    assert time.monotonic() - begun < 1.0
    assert len({change["cursor"] for change in found}) == 1
    wait_until(lambda: metric(installation, "stoppress_stream_delivery_seconds_count") == 30)
    assert metric(installation, "stoppress_stream_holding") == 30
    for stream in streams:
        stream.close()


def test_a_dead_worker_is_started_again_and_the_others_go_on(installation):
    first = worker_pids(installation)
    os.kill(first[0], signal.SIGKILL)
    # What it had accepted dies with it; the next must not. Its socket is closed before it is waited for.
    wait_until(lambda: not Path(f"/proc/{first[0]}").exists())
    for _ in range(10):
        with urllib.request.urlopen(f"{installation.url}/healthz", timeout=5) as answer:
            assert answer.status == 200
    wait_until(lambda: len(worker_pids(installation)) == 3 and first[0] not in worker_pids(installation), seconds=15)


def test_told_to_stop_all_processes_end_and_readers_hear_a_good_bye(installation):
    streams = [Stream(installation.port) for _ in range(6)]
    family = installation.children()
    assert installation.stop() == 0
    for stream in streams:
        assert b"event: bye" in stream.response.read()
        stream.close()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))


def test_workers_end_when_their_supervisor_is_killed(installation):
    family = installation.children()
    installation.kill_web_only()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), seconds=20)


def test_a_port_that_is_taken_is_refused_in_one_line(installation, tmp_path):
    other = Installation(tmp_path / "other")
    other.port = installation.port
    code, said = other.fail("serve", "--port", str(other.port), "--workers", "2")
    assert code == 2 and "cannot listen on" in said
