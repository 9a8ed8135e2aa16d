"""A withdrawal and a correction reach every worker: its responses at every address, and its streams."""

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
from tests.support.waiting import wait_until
from tests.support.worker_processes import WorkerReader, worker_pids

SLUG = "storm"
PAGE = "Storm Maren\n\n20:04\nSea wall gives way\n\nThe lower town is being cleared.\n"
WORKERS = 2
PUBLISHED_SEQ, LATER_SEQ, REMOVED_SEQ = 4, 5, 6
"""Numbers of changes. Changes 1 to 3 are the live blog, the imported post and another one."""
WITHDRAW_WITHOUT_NOTIFICATION = """
import time
from django.utils import timezone
from stoppress.coverage import actions
from stoppress.runtime import notifications
notifications.notify = lambda event: None
actions.withdraw("{slug}", "{post}", note="It is not so.", by="ines", now=timezone.now())
print(time.time())
"""


class Newsroom:
    """An installation with several workers, and an API client that writes."""

    def __init__(self, installation: Installation, token: str, stack: ExitStack) -> None:
        self.installation, self._token, self._stack = installation, token, stack
        self.workers = worker_pids(installation)
        assert len(self.workers) == WORKERS

    def reader_of_each_worker(self, begin: Callable[[WorkerReader], Any]) -> dict[int, WorkerReader]:
        """Return a connection to every worker; `begin` sends its first request. The kernel distributes connections."""
        readers: dict[int, WorkerReader] = {}
        for _ in range(300):
            reader = self._stack.enter_context(WorkerReader(self.installation.port))
            begin(reader)
            readers.setdefault(reader.worker(self.workers), reader)
            if len(readers) == WORKERS:
                return readers
        raise AssertionError("the kernel gave no connection to one of the workers")

    def call_api(self, path: str, **body: Any) -> Any:
        """Send one POST to the API, and return its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=15)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/live/{SLUG}/posts{path}", json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        assert response.status < 300, text
        return json.loads(text)


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
    newsroom.call_api(f"/{post}/withdraw", note="It is not so.")
    return time.time()


def correct(newsroom: Newsroom, post: str) -> float:
    newsroom.call_api(f"/{post}/correct", headline="All is well", text="All is well.", note="It is not so.", revision=1)
    return time.time()


def withdraw_without_notification(newsroom: Newsroom, post: str) -> float:
    return float(newsroom.installation.python(WITHDRAW_WITHOUT_NOTIFICATION.format(slug=SLUG, post=post)))


def addresses(cursor: str, *posts: str) -> list[str]:
    """Return every public address of the live blog that shows these posts, or once did."""
    epoch, _, seq = cursor.rpartition("-")
    cursors = [f"changes/{epoch}-{number}" for number in range(int(seq) + 2)]
    pages = [f"{kind}/{post}" for kind in ("posts", "before") for post in posts]
    machines = [*(f"feed.{name}" for name in FEED_MEDIA_TYPES), "blog.jsonld"]
    return ["/", f"/live/{SLUG}", f"/embed/{SLUG}", *(f"/live/{SLUG}/{rest}" for rest in [*pages, *machines, *cursors])]


def find_secret(readers: dict[int, WorkerReader], paths: list[str], secret: str) -> list[tuple[float, str]]:
    """Return when and where a response contained `secret`: worker, address and content coding."""
    found = []
    for pid, reader in readers.items():
        for path in paths:
            for encoding in ["", *ENCODERS]:
                requested_at = time.time()
                if secret.encode() in reader.fetch(path, **{"Accept-Encoding": encoding}).decoded_body:
                    found.append((requested_at, f"{pid} {path} {encoding}"))
    return found


@pytest.mark.parametrize(
    ("remove", "within"), [(withdraw, 1.0), (correct, 1.0), (withdraw_without_notification, 2.0)]
)  # without a notification, the workers poll: on a busy machine once a second
def test_no_worker_sends_removed_text_a_second_after_its_removal(
    newsroom: Newsroom, remove: Callable[[Newsroom, str], float], within: float
) -> None:
    secret = "The mayor has drowned"
    readers = newsroom.reader_of_each_worker(lambda reader: reader.fetch("/healthz"))
    streams = newsroom.reader_of_each_worker(lambda reader: reader.open_stream(SLUG))
    earlier = newsroom.call_api("", headline="Ferry waits", text="Two miles out.")["id"]
    post = newsroom.call_api("", headline=secret, text=f"{secret}, a witness says.", labels=["key-event"])["id"]
    later = newsroom.call_api("", headline="Second alarm", text="All crews are out.")["id"]
    cursors = [json.loads(stream.read_changes(LATER_SEQ)[-1][6:])["cursor"] for stream in streams.values()]
    assert len(set(cursors)) == 1
    paths = addresses(cursors[0], earlier, post, later)
    for _ in range(2):
        shown = find_secret(readers, paths, secret)
    assert {where.split()[0] for _, where in shown} == {str(pid) for pid in newsroom.workers}
    assert len(shown) == (12 + PUBLISHED_SEQ) * (len(ENCODERS) + 1) * WORKERS, shown

    removed_at = last_shown = remove(newsroom, post)

    def is_gone() -> bool:
        nonlocal last_shown
        shown = find_secret(readers, paths, secret)
        last_shown = max([last_shown, *(requested_at for requested_at, _ in shown)])
        return not shown

    wait_until(is_gone, 15)
    assert last_shown - removed_at < within, f"still shown {last_shown - removed_at:.2f} s later"
    for reader in readers.values():
        own_page = reader.fetch(f"/live/{SLUG}/posts/{post}")
        assert own_page.status == (200 if remove is correct else 410) and b"It is not so." in own_page.body
        for name in FEED_MEDIA_TYPES:
            assert b"It is not so." in reader.fetch(f"/live/{SLUG}/feed.{name}").body
    for stream in streams.values():
        assert secret not in "".join(stream.read_changes(REMOVED_SEQ))
    epoch = cursors[0].rpartition("-")[0]
    for after in (f"{epoch}-0", f"{epoch}-{PUBLISHED_SEQ - 1}", f"{epoch}-{LATER_SEQ}"):
        late_readers = newsroom.reader_of_each_worker(lambda reader, after=after: reader.open_stream(SLUG, after))
        for late in late_readers.values():
            received = "".join(late.read_changes(REMOVED_SEQ))
            assert "It is not so." in received and secret not in received
