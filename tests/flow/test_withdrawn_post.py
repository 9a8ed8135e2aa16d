"""A withdrawal and a correction reach every worker: what each of them answers at every address, and its streams."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from stoppress.edge.cache.compressed_body import ENCODERS
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES
from tests.support.installation import Installation
from tests.support.raw_http import RawConnection
from tests.support.web_server import wait_until

SLUG = "storm"
PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"
WORKERS = 2
SAID, LATER, TAKEN_BACK = 4, 5, 6
"""The numbers of the changes: 1 to 3 are the live blog, the imported post and another one."""
WITHOUT_HINT = """
import time
from django.utils import timezone
from stoppress.coverage import actions, hints
hints.ring = lambda topic: None
actions.withdraw("{slug}", "{post}", note="It is not so.", by="ines", now=timezone.now())
print(time.time())
"""


class Reader(RawConnection):
    """A connection that knows which process answers it."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._port = port
        self.head: list[bytes] = []

    def worker(self, candidates: list[int]) -> int:
        """The process that holds the other end; to be asked once something has been answered."""
        mine = self._socket.getsockname()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            ports = [int(address.rpartition(":")[2], 16) for address in fields[1:3]]
            if ports == [self._port, mine]:
                inode = f"socket:[{fields[9]}]"
                return next(pid for pid in candidates if inode in sockets_of(pid))
        raise LookupError

    def follow(self, after: str = "") -> "Reader":
        """Open a stream, and read its head."""
        self.send(self.build_request(f"/live/{SLUG}/stream" + (f"?after={after}" if after else "")))
        assert self._file.readline().startswith(b"HTTP/1.1 200")
        self.head = list(iter(self._file.readline, b"\r\n"))
        return self

    def changes(self, until: int) -> list[str]:
        """What the stream says, up to the change numbered `until`."""
        found: list[str] = []
        for line in iter(self._file.readline, b""):
            if line.startswith(b'data: {"seq"'):
                found.append(line.decode())
                if json.loads(line[6:])["seq"] >= until:
                    return found
        raise EOFError


def sockets_of(pid: int) -> set[str]:
    found = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(str(path.readlink()))
        except OSError:  # closed meanwhile
            continue
    return found


class Newsroom:
    """Several workers, a program that writes, and a reader at each worker."""

    def __init__(self, installation: Installation, token: str, stack: ExitStack) -> None:
        self.installation, self._token, self._stack = installation, token, stack
        self.workers = [pid for pid in installation.children() if b"--worker" in command_of(pid)]
        assert len(self.workers) == WORKERS

    def each(self, begin: Callable[[Reader], Any]) -> dict[int, Reader]:
        """One reader for every worker; `begin` asks for something first. The kernel deals the connections out."""
        found: dict[int, Reader] = {}
        for _ in range(300):
            reader = self._stack.enter_context(Reader(self.installation.port))
            begin(reader)
            found.setdefault(reader.worker(self.workers), reader)
            if len(found) == WORKERS:
                return found
        raise AssertionError("not every worker was reached")

    def call(self, path: str, **body: Any) -> Any:
        """One call of the API."""
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=15)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/live/{SLUG}/posts{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        assert answer.status < 300, said
        return json.loads(said)


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    installation = Installation(tmp_path / "home")
    installation.run("import", "-", "--slug", SLUG, "--title", "Storm Maren", "--zone", "Europe/London", given=PAGE)
    token = installation.run("token", "create", "--name", "walk").split()[-1]
    installation.start("--workers", str(WORKERS))
    with ExitStack() as stack:
        yield Newsroom(installation, token, stack)
    installation.stop()


def withdraw(newsroom: Newsroom, post: str) -> float:
    newsroom.call(f"/{post}/withdraw", note="It is not so.")
    return time.time()


def correct(newsroom: Newsroom, post: str) -> float:
    newsroom.call(f"/{post}/correct", headline="All is well", text="All is well.", note="It is not so.", revision=1)
    return time.time()


def withdraw_without_a_hint(newsroom: Newsroom, post: str) -> float:
    return float(newsroom.installation.python(WITHOUT_HINT.format(slug=SLUG, post=post)))


def addresses(cursor: str, *posts: str) -> list[str]:
    """Every public address of the live blog that tells of these posts, or did."""
    epoch, _, seq = cursor.rpartition("-")
    cursors = [f"changes/{epoch}-{number}" for number in range(int(seq) + 2)]
    own = [f"{kind}/{post}" for kind in ("posts", "before") for post in posts]
    machines = [*(f"feed.{form}" for form in FEED_MEDIA_TYPES), "blog.jsonld"]
    return ["/", f"/live/{SLUG}", f"/embed/{SLUG}", *(f"/live/{SLUG}/{rest}" for rest in [*own, *machines, *cursors])]


def walk(readers: dict[int, Reader], paths: list[str], secret: str) -> list[tuple[float, str]]:
    """When and where `secret` was told: by which worker, at which address, in which encoding."""
    found = []
    for pid, reader in readers.items():
        for path in paths:
            for encoding in ["", *ENCODERS]:
                asked = time.time()
                if secret.encode() in reader.fetch(path, **{"Accept-Encoding": encoding}).decoded_body:
                    found.append((asked, f"{pid} {path} {encoding}"))
    return found


@pytest.mark.parametrize(
    ("take_back", "within"), [(withdraw, 1.0), (correct, 1.0), (withdraw_without_a_hint, 2.0)]
)  # without a hint: a look a second, on a busy machine
def test_what_was_taken_back_is_told_by_no_worker_a_second_later(
    newsroom: Newsroom, take_back: Callable[[Newsroom, str], float], within: float
) -> None:
    secret = "The mayor has drowned"
    readers = newsroom.each(lambda reader: reader.fetch("/healthz"))
    streams = newsroom.each(lambda reader: reader.follow())
    earlier = newsroom.call("", headline="Ferry waits", text="Two miles out.")["id"]
    post = newsroom.call("", headline=secret, text=f"{secret}, a witness says.", labels=["key-event"])["id"]
    later = newsroom.call("", headline="Second alarm", text="All crews are out.")["id"]
    told = [json.loads(stream.changes(LATER)[-1][6:])["cursor"] for stream in streams.values()]
    assert len(set(told)) == 1
    paths = addresses(told[0], earlier, post, later)
    for _ in range(2):
        shown = walk(readers, paths, secret)
    assert {where.split()[0] for _, where in shown} == {str(pid) for pid in newsroom.workers}
    assert len(shown) == (12 + SAID) * (len(ENCODERS) + 1) * WORKERS, shown

    done = take_back(newsroom, post)
    last_seen = done

    def gone() -> bool:
        nonlocal last_seen
        found = walk(readers, paths, secret)
        last_seen = max([last_seen, *(asked for asked, _ in found)])
        return not found

    wait_until(gone, 15)
    assert last_seen - done < within, f"still told {last_seen - done:.2f} s later"
    for reader in readers.values():
        own = reader.fetch(f"/live/{SLUG}/posts/{post}")
        assert own.status == (200 if take_back is correct else 410) and b"It is not so." in own.body
        for form in FEED_MEDIA_TYPES:
            assert b"It is not so." in reader.fetch(f"/live/{SLUG}/feed.{form}").body
    for stream in streams.values():
        assert secret not in "".join(stream.changes(TAKEN_BACK))
    epoch = told[0].rpartition("-")[0]
    for after in (f"{epoch}-0", f"{epoch}-{SAID - 1}", f"{epoch}-{LATER}"):
        for late in newsroom.each(lambda reader, after=after: reader.follow(after)).values():
            said = "".join(late.changes(TAKEN_BACK))
            assert "It is not so." in said and secret not in said
