"""`stoppress bench chaos`: real processes and sockets, everything that can break broken at random, and nothing lost.

Several writers at once, on the same posts. Readers behave as pages do: they keep a cursor, come back with it, load the
page again when told to, and note every fault: a change seen twice, a number left out without a word, a state at the end
that is not the log's, as a process of its own reads it from the database.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import time
import zlib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from stoppress.service.bench.crowd import raise_limit
from stoppress.service.bench.figures import Figure
from stoppress.service.bench.newsroom import SLUG, Newsroom, newsroom
from stoppress.service.bench.processes import children

HELP = (
    "kills, dropped connections, lost hints, edits and withdrawals: no reader may end in another state than the log's"
)
SETTLES_WITHIN = 60.0
"""Seconds after the last change until every reader must hold the log's state."""
WRITERS = 3
TRUTH = f"""
import json
from stoppress.service.django_setup import set_up
set_up()
from stoppress.coverage.reading import find_blog
from stoppress.coverage.state import changes_after
from stoppress.edge.wire import change_objects
blog = find_blog("{SLUG}")
print(blog.seq, json.dumps(change_objects(blog, changes_after(blog, 0))))
"""
"""Says what the log holds, without any of the processes that are put to the test."""

State = dict[str, tuple[object, ...]]
"""What readers see of each post, by its id."""


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--deliveries", type=int, default=1_000_000, help="default: %(default)s")
    command.add_argument("--readers", type=int, default=500, help="default: %(default)s")
    command.add_argument("--workers", type=int, default=2, help="server processes (default: %(default)s)")
    command.add_argument("--seed", type=int, default=1, help="of the random faults (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures; raises RuntimeError if a reader was failed."""
    raise_limit()
    with newsroom(options.workers) as room:
        yield from asyncio.run(Chaos(room, options).run())


@lru_cache(maxsize=512)
def parsed(frame: bytes) -> tuple[str, Any]:
    """One frame's event and data: the same bytes come to hundreds of readers."""
    lines = dict(line.split(": ", 1) for line in frame.decode().split("\n") if ": " in line)
    found = json.loads(lines.get("data", "null"))
    return lines.get("event", ""), found | {"seen": seen(found)} if "html" in (found or ()) else found


def seen(change: dict[str, Any]) -> tuple[object, ...]:
    """What a reader sees of the post that was changed, and where."""
    return zlib.crc32(change["html"].encode()), change["place"], change["pinned"], change["withdrawn"], change["title"]


@dataclass
class Tale:
    """What happened to all readers."""

    deliveries: int = 0
    twice: int = 0
    gaps: int = 0
    resets: int = 0
    returns: int = 0
    faults: dict[str, int] = field(default_factory=dict)


class Page(asyncio.Protocol):
    """One reader's page over as many connections as it takes."""

    def __init__(self, chaos: "Chaos", cursor: tuple[str, int]) -> None:
        self.chaos = chaos
        self.epoch, self.seq = cursor
        self.state: State = {}
        self.head: dict[str, Any] = {}
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.wait = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: ask for the stream from where the page stands."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer = transport, b""
        at = f"/live/{SLUG}/stream?after={self.epoch}-{self.seq}"
        transport.write(f"GET {at} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """asyncio: take whole frames."""
        *frames, self.buffer = (self.buffer + data).split(b"\n\n")
        for frame in frames:
            event, found = parsed(frame.rpartition(b"\r\n")[2])
            if event == "change":
                self.take(found)
            elif event == "bye":
                self.wait = found["wait"]
            elif event == "reset" and self.transport:
                self.chaos.tale.resets += 1
                self.transport.abort()
                self.seq = -1
                return

    def take(self, change: dict[str, Any]) -> None:
        """Apply one change as a page does."""
        tale = self.chaos.tale
        tale.deliveries += 1
        tale.twice += change["seq"] <= self.seq
        tale.gaps += change["seq"] > self.seq + 1
        self.seq, self.head = change["seq"], change["blog"]
        if change["post"]:
            self.state[change["post"]] = change["seen"]

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: come back after a while."""
        self.transport = None
        if not self.chaos.over:
            self.chaos.tale.returns += 1
            asyncio.get_running_loop().call_later(self.wait or random.uniform(0, 0.5), self.chaos.bring_back, self)
            self.wait = 0.0


class Chaos:
    """The run: a writer, a wrecker, and the readers."""

    def __init__(self, room: Newsroom, options: Namespace) -> None:
        self.room, self.options = room, options
        self.random = random.Random(options.seed)
        self.tale = Tale()
        self.over = False
        self.tasks: set[asyncio.Task[None]] = set()
        self.written = 0
        self.standing: dict[str, int] = {}

    async def run(self) -> list[Figure]:
        """Open the pages, write and wreck until enough has been delivered, let it settle, compare."""
        begun = time.monotonic()
        epoch = await self._epoch()
        pages = [Page(self, (epoch, 1)) for _ in range(self.options.readers)]
        for page in pages:
            self.bring_back(page)
        wrecking = asyncio.create_task(self._wreck(pages))
        await asyncio.gather(*(self._keep_writing() for _ in range(WRITERS)))
        wrecking.cancel()
        await asyncio.gather(wrecking, return_exceptions=True)
        wrong = await self._settle(pages, epoch)
        self.over = True
        for page in pages:
            if page.transport:
                page.transport.abort()
        if wrong or self.tale.twice or self.tale.gaps:
            raise RuntimeError(f"{wrong} pages are wrong; {self.tale}")
        return self._figures(time.monotonic() - begun)

    def _figures(self, seconds: float) -> list[Figure]:
        tale = self.tale
        faults = "; ".join(f"{count} × {name}" for name, count in sorted(tale.faults.items()))
        return [
            Figure("deliveries", tale.deliveries, "", f"≥ {self.options.deliveries:,}"),
            Figure("changes_written", self.written),
            Figure("pages_in_another_state_than_the_log", 0, "", "0"),
            Figure("changes_seen_twice", tale.twice, "", "0"),
            Figure("gaps_without_a_word", tale.gaps, "", "0"),
            Figure("resets", tale.resets),
            Figure("returns_with_a_cursor", tale.returns, note=faults),
            Figure("took", seconds, "s"),
        ]

    # ─── writing ───

    async def _keep_writing(self) -> None:
        while self.tale.deliveries < self.options.deliveries:
            await asyncio.to_thread(self._write)

    def _write(self) -> None:
        """One change: mostly new posts, and edits, corrections and withdrawals of the last ones."""
        kind = self.random.choices(["publish", "change", "correct", "withdraw"], [6, 2, 1, 1])[0]
        post = self.random.choice(list(self.standing)[-12:]) if self.standing else ""
        words = f"{self.written} " + "The sea is over the wall. " * self.random.randint(1, 12)
        try:
            if kind == "publish" or not post:
                labels = self.random.choices([[], ["pinned"], ["key-event"]], [8, 1, 1])[0]
                made = self.room.call("POST", "", {"headline": words[:80], "text": words, "labels": labels})
                self.standing[made["id"]] = made["revision"]
            elif kind == "withdraw":
                self.room.call("POST", f"/{post}/withdraw", {"note": "Not so."})
                self.standing.pop(post, None)
            else:
                revision = self.standing.get(post, 1)  # another writer may just have withdrawn it
                change = {"text": words, "revision": revision, "note": "It was so."}
                method, path = ("POST", f"/{post}/correct") if kind == "correct" else ("PATCH", f"/{post}")
                changed = self.room.call(method, path, change)
                self.standing[post] = (changed.get("post") or changed)["revision"]
            self.written += 1
        except (OSError, RuntimeError, ValueError):  # The server is away, or the answer was lost with it.
            self.standing.pop(post, None)
            time.sleep(0.05)

    # ─── wrecking ───

    async def _wreck(self, pages: list[Page]) -> None:
        while True:
            await asyncio.sleep(self.random.uniform(0.05, 0.6))
            deeds = [self._drop_readers, self._lose_hints, self._freeze_worker, self._kill_worker, self._restart]
            deed = self.random.choices(deeds, [60, 20, 4, 6, 2])[0]
            self.tale.faults[deed.__name__[1:]] = self.tale.faults.get(deed.__name__[1:], 0) + 1
            await deed(pages)

    async def _drop_readers(self, pages: list[Page]) -> None:
        for page in self.random.sample(pages, max(1, len(pages) // 20)):
            if page.transport:
                page.transport.abort()

    async def _lose_hints(self, pages: list[Page]) -> None:
        for path in (self.room.home / "run").glob("*.bell"):
            path.unlink(missing_ok=True)

    async def _freeze_worker(self, pages: list[Page]) -> None:
        if not (workers := children(self.room.pid)):
            return
        frozen = self.random.choice(workers)
        with contextlib.suppress(ProcessLookupError):
            os.kill(frozen, signal.SIGSTOP)
        try:
            await asyncio.sleep(self.random.uniform(0.5, 2))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(frozen, signal.SIGCONT)

    async def _kill_worker(self, pages: list[Page]) -> None:
        workers = children(self.room.pid)
        if workers:
            os.kill(self.random.choice(workers), signal.SIGKILL)

    async def _restart(self, pages: list[Page]) -> None:
        how = self.random.choice([signal.SIGTERM, signal.SIGINT])
        await asyncio.to_thread(self.room.stop, how)
        await asyncio.to_thread(self.room.start)

    # ─── readers ───

    def bring_back(self, page: Page) -> None:
        """Open a page's stream again, after loading the page if that was asked for."""
        if not self.over:
            task = asyncio.get_running_loop().create_task(self._connect(page))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _connect(self, page: Page) -> None:
        try:
            if page.seq < 0:
                page.epoch, page.seq, page.state, page.head = await self._load(page.epoch)
            await asyncio.get_running_loop().create_connection(lambda: page, "127.0.0.1", self.room.port)
        except (OSError, ValueError, KeyError, asyncio.IncompleteReadError):
            asyncio.get_running_loop().call_later(random.uniform(0.2, 1), self.bring_back, page)

    async def _load(self, epoch: str) -> tuple[str, int, State, dict[str, Any]]:
        """The state now, by way of polling: every change from the first on, as the posts are now."""
        state: State = {}
        head: dict[str, Any] = {}
        cursor = f"{epoch}-1"
        while True:
            found = json.loads(await self._get(f"/live/{SLUG}/changes/{cursor}"))
            state |= {change["post"]: seen(change) for change in found["changes"] if change["post"]}
            head = found["changes"][-1]["blog"] if found["changes"] else head
            cursor = found["cursor"]
            if not found.get("more"):
                return epoch, int(cursor.rpartition("-")[2]), state, head

    async def _get(self, path: str) -> bytes:
        return await asyncio.to_thread(self.room.get, path)

    async def _epoch(self) -> str:
        page = await self._get(f"/live/{SLUG}")
        at = page.index(b"data-cursor=") + 13
        return page[at : at + 40].split(b'"')[0].decode().rpartition("-")[0]

    async def _settle(self, pages: list[Page], epoch: str) -> int:
        """How many pages do not come to hold the log's state."""
        number, said = (await asyncio.to_thread(self.room.python, TRUTH)).split(maxsplit=1)
        changes = json.loads(said)
        state = {change["post"]: seen(change) for change in changes if change["post"]}
        truth = (epoch, int(number), state, changes[-1]["blog"])
        until = time.monotonic() + SETTLES_WITHIN
        wrong = len(pages)
        while wrong and time.monotonic() < until:
            await asyncio.sleep(1)
            wrong = sum((page.epoch, page.seq, page.state, page.head) != truth for page in pages)
        return wrong
