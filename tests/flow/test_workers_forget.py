"""Without any hint, what is taken back is gone from every memory of every worker a second after its commit."""

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
from tests.support.web_server import wait_until
from tests.support.worker_processes import worker_pids

ROOT = Path(__file__).parents[2]
WORKERS = 3
WITHIN = 1.0
"""Seconds from the commit to the walk through everything."""
SLUG, POST = "storm", uuid4()
ENCODINGS = ("", "br", "gzip", "zstd")
WRITER = """
import sys, time
from datetime import UTC, datetime
from uuid import UUID
from stoppress.coverage import actions, hints
from stoppress.coverage.post_content import Content
post, *halves = sys.argv[1:]
saying = Content(headline="".join(halves), body="<p>" + "".join(halves) + ", a witness says.</p>")
right = Content(headline="He is well", body="<p>He is well.</p>")
facts = dict(by="ines", now=datetime.now(UTC))
"""
TOLD = 'actions.publish("storm", saying, post_id=UUID(post), labels=("key-event",), **facts)'
DEEDS = {
    "withdrawn": 'actions.withdraw("storm", UUID(post), note="It is not so.", **facts)',
    "corrected": 'actions.correct("storm", UUID(post), right, note="It is not so.", based_on=1, **facts)',
}
UNHEARD = "hints.ring = lambda topic: None\n"
"""What makes a writer of `WRITER` tell nobody that it has written."""
PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"


class Worker:
    """One worker: a connection that it has accepted, a stream that it feeds, and the eye inside of it."""

    def __init__(self, pid: int, wire: RawConnection, stream: RawConnection, eye: Path) -> None:
        self.pid, self.wire, self._stream, self._eye = pid, wire, stream, eye
        self._stream.send(self._stream.build_request(f"/live/{SLUG}/stream"))

    def showing(self, secret: SplitText, paths: list[str]) -> list[str]:
        """The addresses at which it tells the secret, in whatever encoding."""
        asked = [(path, encoding) for path in paths for encoding in ENCODINGS]
        return [f"{path} {way}" for path, way in asked if self._tells(path, way, secret)]

    def keepers(self, secret: SplitText) -> list[str]:
        """What holds it in that process."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self._eye / f"{self.pid}.eye"))
            connection.sendall(" ".join(secret.halves).encode() + b"\n")
            return list(json.loads(connection.makefile().readline()))

    def _tells(self, path: str, encoding: str, secret: SplitText) -> bool:
        return bytes(secret) in self.wire.fetch(path, **{"Accept-Encoding": encoding}).decoded_body


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What the environment says of it."""
    if request.param == "sqlite":
        yield {}
    else:
        with cluster() as address:
            yield {"DATABASE_URL": address}


@pytest.fixture
def installation(tmp_path: Path, database: dict[str, str]) -> Iterator[Installation]:
    """Three workers with an eye in each, and a live blog."""
    (tmp_path / "eyes").mkdir()
    made = Installation(tmp_path / "home")
    inside = os.pathsep.join([str(ROOT / "tests" / "inside"), str(ROOT)])
    made.environment |= database | {"PYTHONPATH": inside, "EYES": str(tmp_path / "eyes")}
    made.run("migrate")
    made.run("import", "-", "--slug", SLUG, "--title", "Storm Maren", "--zone", "Europe/London", given=PAGE)
    made.start("--workers", str(WORKERS))
    yield made
    made.stop()


@contextmanager
def met(installation: Installation, eyes: Path) -> Iterator[list[Worker]]:
    """All workers, each by two connections that happened to reach it."""
    with ExitStack() as stack:
        reached: dict[int, list[RawConnection]] = {pid: [] for pid in worker_pids(installation)}
        assert len(reached) == WORKERS
        for _ in range(200):
            wire = stack.enter_context(RawConnection(installation.port))
            wire.fetch("/healthz")
            reached[accepted_by(wire, set(reached))].append(wire)
            if all(len(wires) >= 2 for wires in reached.values()):
                break
        yield [Worker(pid, wires[0], wires[1], eyes) for pid, wires in reached.items()]


def accepted_by(wire: RawConnection, pids: set[int]) -> int:
    """The process that has the other end, by the number of its socket."""
    (_, mine), (_, port) = wire.addresses
    ends = (f":{port:04X}", f":{mine:04X}")
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    number = next(row[9] for row in rows if row[1].endswith(ends[0]) and row[2].endswith(ends[1]))
    return next(pid for pid in pids if f"socket:[{number}]" in open_files(pid))


def open_files(pid: int) -> set[str]:
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue  # closed meanwhile
    return found


def written(installation: Installation, deed: str, secret: SplitText) -> float:
    """Done by another process; when it had been committed, seconds since the epoch."""
    setup = "from stoppress.service.django_setup import set_up; set_up()\n"
    script = setup + WRITER + deed + "\nprint(time.time(), flush=True)\n"
    command = [sys.executable, "-c", script, str(POST), *secret.halves]
    with subprocess.Popen(command, env=installation.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        committed = float(process.stdout.readline())
        process.kill()  # it has nothing more to do, and its end would take time
        return committed


def addresses(worker: Worker) -> list[str]:
    """Everywhere that the post may be told."""
    page = worker.wire.fetch(f"/live/{SLUG}").body.decode()
    epoch, _, seq = page.partition('data-cursor="')[2].partition('"')[0].rpartition("-")
    first = page.rpartition('data-post="')[2].partition('"')[0]
    below = [f"/live/{SLUG}/{kind}/{post}" for kind in ("posts", "before") for post in (POST, UUID(first))]
    machines = [f"/live/{SLUG}/{name}" for name in ("feed.atom", "feed.rss", "feed.json", "blog.jsonld")]
    cursors = [f"/live/{SLUG}/changes/{epoch}-{n}" for n in range(1, int(seq) + 2)]
    return ["/", f"/live/{SLUG}", f"/embed/{SLUG}", *below, *machines, *cursors]


@contextmanager
def asking_all_the_time(port: int, paths: list[str]) -> Iterator[None]:
    """So that answers are being made whenever something changes."""
    done = threading.Event()

    def ask() -> None:
        with ExitStack() as stack:
            wires = [stack.enter_context(RawConnection(port)) for _ in range(2 * WORKERS)]
            while not done.wait(0.02):
                for path in paths:
                    for wire in wires:
                        wire.fetch(path, **{"Accept-Encoding": "br"})

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def by_all(family: list[Worker], work: Callable[[Worker], list[str]]) -> list[list[str]]:
    """From all workers at once."""
    with ThreadPoolExecutor(len(family)) as pool:
        return list(pool.map(work, family))


@pytest.mark.parametrize("deed", DEEDS)
def test_no_worker_holds_what_was_taken_back_a_second_ago_though_no_hint_came(
    installation: Installation, tmp_path: Path, deed: str
) -> None:
    secret = SplitText.random()
    with met(installation, tmp_path / "eyes") as family:
        written(installation, TOLD, secret)
        paths = addresses(family[0])
        for worker in family:
            wait_until(lambda worker=worker: worker.showing(secret, [f"/live/{SLUG}"]))
            assert len(worker.showing(secret, paths)) >= 4 * 10
            held = worker.keepers(secret)
            assert any("deque" in one for one in held) and any("rendition" in one for one in held), held
        with asking_all_the_time(installation.port, paths[:4]):
            committed = written(installation, UNHEARD + DEEDS[deed], secret)
            assert time.time() < committed + WITHIN, "the walk would begin too late to prove anything"
            time.sleep(committed + WITHIN - time.time())
            assert by_all(family, lambda worker: worker.keepers(secret)) == [[]] * WORKERS
            assert by_all(family, lambda worker: worker.showing(secret, paths)) == [[]] * WORKERS
