"""Even without notifications, removed text is gone from the memory of every worker a second after the commit."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.support.installation import Installation
from tests.support.memory_search import SplitText
from tests.support.postgresql import cluster
from tests.support.raw_http import RawConnection
from tests.support.waiting import wait_until
from tests.support.worker_processes import serving_worker, worker_pids

ROOT = Path(__file__).parents[2]
WORKERS = 3
MAX_SECONDS = 1.0
"""From the commit to the search of memory and responses."""
SLUG, POST = "storm", uuid4()
ENCODINGS = ("", "br", "gzip", "zstd")
WRITER = """
import sys, time
from datetime import UTC, datetime
from uuid import UUID
from stoppress.coverage import actions
from stoppress.coverage.post_content import Content
from stoppress.runtime import notifications
post, *halves = sys.argv[1:]
secret = Content(headline="".join(halves), body="<p>" + "".join(halves) + ", a witness says.</p>")
harmless = Content(headline="He is well", body="<p>He is well.</p>")
facts = dict(by="ines", now=datetime.now(UTC))
"""
PUBLISH = 'actions.publish("storm", secret, post_id=UUID(post), labels=("key-event",), **facts)'
REMOVALS = {
    "withdrawn": 'actions.withdraw("storm", UUID(post), note="It is not so.", **facts)',
    "corrected": 'actions.correct("storm", UUID(post), harmless, note="It is not so.", based_on=1, **facts)',
}
WITHOUT_NOTIFICATION = "notifications.notify = lambda event: None\n"
"""Statement for WRITER: its write wakes no other process."""
PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"


class Worker:
    """One worker, with a connection that it has accepted, a stream that it writes, and the probe in its memory."""

    def __init__(self, pid: int, connection: RawConnection, stream: RawConnection, probes: Path) -> None:
        self.pid, self.connection, self._stream, self._probes = pid, connection, stream, probes
        self._stream.send(self._stream.build_request(f"/live/{SLUG}/stream"))

    def addresses_showing(self, secret: SplitText, paths: list[str]) -> list[str]:
        """Return the addresses whose responses contain the secret, with the content coding."""
        requests = [(path, encoding) for path in paths for encoding in ENCODINGS]
        return [f"{path} {encoding}" for path, encoding in requests if self._shows(path, encoding, secret)]

    def find_holders(self, secret: SplitText) -> list[str]:
        """Return the objects of that process that contain the secret."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self._probes / f"{self.pid}.probe"))
            connection.sendall(" ".join(secret.halves).encode() + b"\n")
            return list(json.loads(connection.makefile().readline()))

    def _shows(self, path: str, encoding: str, secret: SplitText) -> bool:
        return bytes(secret) in self.connection.fetch(path, **{"Accept-Encoding": encoding}).decoded_body


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Return the environment variables of the database."""
    if request.param == "sqlite":
        yield {}
    else:
        with cluster() as address:
            yield {"DATABASE_URL": address}


@pytest.fixture
def installation(tmp_path: Path, database: dict[str, str]) -> Iterator[Installation]:
    """Start three workers with a memory probe in each, and a live blog."""
    (tmp_path / "probes").mkdir()
    created = Installation(tmp_path / "home")
    python_path = os.pathsep.join([str(ROOT / "tests" / "inside"), str(ROOT)])
    created.environment |= database | {"PYTHONPATH": python_path, "PROBES": str(tmp_path / "probes")}
    created.run("migrate")
    created.run("import", "-", "--slug", SLUG, "--title", "Storm Maren", "--zone", "Europe/London", given=PAGE)
    created.start("--workers", str(WORKERS))
    yield created
    created.stop()


@contextmanager
def connect_to_all_workers(installation: Installation, probes: Path) -> Iterator[list[Worker]]:
    """Open connections until each worker has accepted two."""
    with ExitStack() as stack:
        accepted: dict[int, list[RawConnection]] = {pid: [] for pid in worker_pids(installation)}
        assert len(accepted) == WORKERS
        for _ in range(200):
            connection = stack.enter_context(RawConnection(installation.port))
            connection.fetch("/healthz")
            accepted[serving_worker(connection, list(accepted))].append(connection)
            if all(len(connections) >= 2 for connections in accepted.values()):
                break
        yield [Worker(pid, connections[0], connections[1], probes) for pid, connections in accepted.items()]


def write_in_other_process(installation: Installation, statements: str, secret: SplitText) -> float:
    """Run statements of WRITER in another process; return when they were committed, in seconds since the epoch."""
    setup = "from stoppress.service.django_setup import set_up; set_up()\n"
    script = setup + WRITER + statements + "\nprint(time.time(), flush=True)\n"
    command = [sys.executable, "-c", script, str(POST), *secret.halves]
    with subprocess.Popen(command, env=installation.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        committed = float(process.stdout.readline())
        process.kill()  # its regular end would take time
        return committed


def addresses(worker: Worker) -> list[str]:
    """Return every address that may show the post."""
    page = worker.connection.fetch(f"/live/{SLUG}").body.decode()
    epoch, _, seq = page.partition('data-cursor="')[2].partition('"')[0].rpartition("-")
    first = page.rpartition('data-post="')[2].partition('"')[0]
    pages = [f"/live/{SLUG}/{kind}/{post}" for kind in ("posts", "before") for post in (POST, UUID(first))]
    machines = [f"/live/{SLUG}/{name}" for name in ("feed.atom", "feed.rss", "feed.json", "blog.jsonld")]
    cursors = [f"/live/{SLUG}/changes/{epoch}-{number}" for number in range(1, int(seq) + 2)]
    return ["/", f"/live/{SLUG}", f"/embed/{SLUG}", *pages, *machines, *cursors]


@contextmanager
def constant_requests(port: int, paths: list[str]) -> Iterator[None]:
    """Fetch `paths` constantly, so that responses are being rendered whenever a change is committed."""
    done = threading.Event()

    def fetch_all() -> None:
        with ExitStack() as stack:
            connections = [stack.enter_context(RawConnection(port)) for _ in range(2 * WORKERS)]
            while not done.wait(0.02):
                for path in paths:
                    for connection in connections:
                        connection.fetch(path, **{"Accept-Encoding": "br"})

    thread = threading.Thread(target=fetch_all)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def at_all(workers: list[Worker], work: Callable[[Worker], list[str]]) -> list[list[str]]:
    """Return the results of `work` for all workers, done at the same time."""
    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(work, workers))


@pytest.mark.parametrize("removal", REMOVALS)
def test_no_worker_holds_removed_text_after_a_second_when_no_notification_arrives(
    installation: Installation, tmp_path: Path, removal: str
) -> None:
    secret = SplitText.random()
    with connect_to_all_workers(installation, tmp_path / "probes") as workers:
        write_in_other_process(installation, PUBLISH, secret)
        paths = addresses(workers[0])
        for worker in workers:
            wait_until(lambda worker=worker: worker.addresses_showing(secret, [f"/live/{SLUG}"]))
            assert len(worker.addresses_showing(secret, paths)) >= 4 * 10
            holders = worker.find_holders(secret)
            assert any("deque" in holder for holder in holders), holders
            assert any("compressed body" in holder for holder in holders), holders
        with constant_requests(installation.port, paths[:4]):
            committed = write_in_other_process(installation, WITHOUT_NOTIFICATION + REMOVALS[removal], secret)
            assert time.time() < committed + MAX_SECONDS, "the search would start too late to prove anything"
            time.sleep(committed + MAX_SECONDS - time.time())
            assert at_all(workers, lambda worker: worker.find_holders(secret)) == [[]] * WORKERS
            assert at_all(workers, lambda worker: worker.addresses_showing(secret, paths)) == [[]] * WORKERS
