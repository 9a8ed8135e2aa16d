"""A log, a hub that is behind it, and pages, without sockets: for tests of the hub."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from stoppress.coverage.public_state import Cursor
from stoppress.edge.fanout.socket_write import UNKNOWN_COUNT
from stoppress.edge.live.backfill import MissedFrames
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.hub import Hub
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES

SLUG = "storm"
MANY = 30


@dataclass(eq=False)
class Wire:
    """A transport whose other end may stop taking bytes, and that calls its reader as uvloop does."""

    reader: StreamConnection | None = None
    sent: bytes = b""
    unsent: bytes = b""
    stalled: bool = False
    closed: bool = False
    capacity: int | None = None
    """Bytes that the kernel takes of the next write and no more; then it is stalled."""
    lost: bool = False
    """What was taken of the next write cannot be told."""
    most: int = 0
    paused: bool = False

    def write(self, data: bytes) -> None:
        assert not self.closed, "written to after it was closed"
        self.unsent += data
        self.most = max(self.most, len(self.unsent))
        self.flush()
        if self.unsent and not self.paused and self.reader:
            self.paused = True
            self.reader.pause_writing()

    def take(self, data: bytes) -> int:
        """A write beside the transport: how much is taken, -1 for nothing."""
        assert not self.closed, "written to after it was closed"
        assert not self.unsent, "overtook what is unsent"
        if self.lost:
            self.sent += data[: len(self.sent) % (len(data) + 1)]
            return UNKNOWN_COUNT
        if self.capacity is not None:
            self.stalled, data, self.capacity = True, data[: self.capacity], None
        elif self.stalled:
            return -1
        self.sent += data
        return len(data)

    def flush(self) -> None:
        if not self.stalled:
            self.sent, self.unsent = self.sent + self.unsent, b""

    def drain(self) -> None:
        self.stalled = False
        self.flush()
        if self.paused and self.reader and not self.closed:
            self.paused = False
            self.reader.resume_writing()

    def get_write_buffer_size(self) -> int:
        return len(self.unsent)

    def close(self) -> None:
        self.closed = True
        self.flush()

    abort = close


@dataclass
class Page:
    """What a reader's page does with its frames: the state it shows, and what it never may see."""

    wire: Wire
    epoch: str
    seq: int
    state: dict[str, str]
    over: bool = False
    read: int = 0

    def take(self) -> None:
        """Apply what has come; a change out of order is a fault of the server."""
        text = self.wire.sent[self.read :].decode()
        whole = text.rpartition("\n\n")[0]
        self.read += len(whole.encode()) + 2 if whole else 0
        for block in whole.split("\n\n"):
            event = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if event.get("event") in ("reset", "bye"):
                self.over = True
            if event.get("event") == "change" and not self.over:
                change = json.loads(event["data"])
                assert change["seq"] == self.seq + 1, f"{change['seq']} after {self.seq}"
                self.seq = change["seq"]
                self.state[change["post"]] = change["text"]


@dataclass
class Log:
    """A live blog: numbered changes of posts, each told as the post is now."""

    epoch: str = "e1"
    changes: list[str] = field(default_factory=list)
    posts: dict[str, str] = field(default_factory=dict)
    touched: dict[int, str] = field(default_factory=dict)

    @property
    def head(self) -> Cursor:
        return Cursor(self.epoch, len(self.changes))

    def set(self, post: str, text: str, edit: bool) -> None:
        self.changes.append(post)
        self.posts[post] = text
        if edit:
            self.touched[len(self.changes)] = post

    def frames(self, after: int, until: int | None = None) -> list[tuple[int, bytes]]:
        end = len(self.changes) if until is None else until
        return [(seq, self.frame(seq)) for seq in range(after + 1, end + 1)]

    def frame(self, seq: int) -> bytes:
        post = self.changes[seq - 1]
        data = json.dumps({"seq": seq, "post": post, "text": self.posts[post]})
        return f"id: {self.epoch}-{seq}\nevent: change\ndata: {data}\n\n".encode()


class World:
    """A log, a hub that is behind it, and pages; the database answers when the test says so."""

    def __init__(self) -> None:
        self.log = Log()
        self.log.set("p0", "first", edit=False)
        self.waiting: list[tuple[asyncio.Future[MissedFrames], MissedFrames]] = []
        self.wires: dict[int, Wire] = {}
        self.hub = Hub(self.fetch, lambda: 0.0, self.send_all)
        self.known = self.log.head
        self.history: list[tuple[Cursor, dict[str, str]]] = []
        self.pages: list[Page] = []
        self.fetches = 0
        self.remember()

    def remember(self) -> None:
        self.history.append((self.log.head, dict(self.log.posts)))

    async def fetch(self, slug: str, after: int, until: int) -> MissedFrames:
        """What the database said at the time of asking comes later: the world may have moved on."""
        self.fetches += 1
        future: asyncio.Future[MissedFrames] = asyncio.get_running_loop().create_future()
        self.waiting.append((future, MissedFrames(self.log.head, self.log.frames(after, until))))
        return await future

    async def look(self) -> None:
        self.known, room = self.log.head, self.hub.channels.get(SLUG)
        if room is None or room.cursor == self.known:
            return
        if room.epoch != self.log.epoch or self.known.seq - room.replay_buffer.end > MAX_REPLAYED_CHANGES:
            await self.hub.reset(SLUG, self.known)
        else:
            touched = {post for seq, post in self.log.touched.items() if seq > room.replay_buffer.end}
            await self.hub.publish(SLUG, self.known, self.log.frames(room.replay_buffer.end), touched)

    async def answer(self) -> None:
        await self._settle_waiting(lambda future, missed: future.set_result(missed))

    async def fail(self) -> None:
        await self._settle_waiting(lambda future, _: future.set_exception(OSError("the database is away")))

    async def _settle_waiting(self, settle: Any) -> None:
        await asyncio.sleep(0)
        for future, missed in self.waiting:
            if not future.done():  # A process that was stopped meanwhile asks no more.
                settle(future, missed)
        self.waiting.clear()
        for _ in range(3):
            await asyncio.sleep(0)

    def join(self, back: int) -> None:
        """A page that was loaded some changes ago, whose state is what the log said then, opens its stream."""
        cursor, state = self.history[max(0, len(self.history) - 1 - max(back, 0))]
        wire = self.ask(Cursor(cursor.epoch, cursor.seq - min(back, 0) * 1000))
        self.pages.append(Page(wire, cursor.epoch, cursor.seq, dict(state), over=back < 0))

    def ask(self, cursor: Cursor | None, again: bool = False) -> Wire:
        """A stream from `cursor` on."""
        wire, descriptor = Wire(), self.free_descriptor()
        self.wires[descriptor] = wire
        wire.reader = StreamConnection(wire, descriptor, self.hub)  # type: ignore[arg-type]  # as far as the hub uses one
        self.hub.join(wire.reader, SLUG, self.known, cursor, is_reconnect=again)
        return wire

    def free_descriptor(self) -> int:
        """The lowest that no open connection has, as the system gives them."""
        return next(number for number in count() if number not in self.wires or self.wires[number].closed)

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        """As the kernel does it."""
        return [self.wires[number].take(data) if number >= 0 else -1 for number in descriptors]

    def restart(self) -> None:
        self.hub.close()
        self.hub = Hub(self.fetch, lambda: 0.0, self.send_all)
        self.known = self.log.head

    def change(self, name: str, number: int) -> None:
        if name == "publish":
            for _ in range(number):
                self.log.set(f"p{len(self.log.changes)}", "news " + ("x" * 2000 if number == MANY else ""), edit=False)
                self.remember()
            return
        posts = list(self.log.posts)
        post = posts[-1 - number % len(posts)]
        self.log.set(post, "" if name == "withdraw" else f"edited at {len(self.log.changes)}", edit=True)
        self.remember()

    async def step(self, name: str, number: int) -> None:
        if name in ("publish", "edit", "withdraw"):
            self.change(name, number)
        elif name == "afresh":
            self.log.epoch = f"e{len(self.history)}"
            self.log.set("p0", "afresh", edit=True)
            self.remember()
        elif name in ("look", "answer", "fail"):
            await getattr(self, name)()
        elif name == "beat":
            for _ in range(number):
                self.hub.send_heartbeats()
        elif name == "join":
            self.join(number)
        elif name == "restart":
            self.restart()
        elif self.pages:
            self.touch(name, self.pages[number % len(self.pages)])

    def touch(self, name: str, page: Page) -> None:
        if name == "stall":
            page.wire.stalled = True
        elif name == "fill":
            page.wire.capacity = 7
        elif name == "lose":
            page.wire.lost = True
        elif name == "drain":
            page.wire.drain()
        elif name == "leave" and page.wire.reader and not page.wire.closed:
            page.wire.reader.connection_lost(None)
            page.wire.closed = True

    async def settle(self) -> None:
        for _ in range(6):
            await self.look()
            await self.answer()
            for page in self.pages:
                page.wire.drain()


def play(world_does: Any) -> None:
    async def run() -> None:
        await world_does(World())

    asyncio.run(run())
