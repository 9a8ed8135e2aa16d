"""A model of a log, a hub that follows it, and the pages of readers, without sockets: for tests of the hub."""

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
"""Changes that are too many for one write when they are published at once."""


@dataclass(eq=False)
class FakeTransport:
    """A transport whose client may stop taking bytes. It calls its connection as uvloop does."""

    connection: StreamConnection | None = None
    sent: bytes = b""
    unsent: bytes = b""
    is_stalled: bool = False
    is_closed: bool = False
    capacity: int | None = None
    """Bytes that the kernel takes of the next write; then the transport is stalled."""
    is_count_unknown: bool = False
    """Sends past the transport return UNKNOWN_COUNT."""
    max_unsent: int = 0
    is_paused: bool = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed, "written to after it was closed"
        self.unsent += data
        self.max_unsent = max(self.max_unsent, len(self.unsent))
        self.flush()
        if self.unsent and not self.is_paused and self.connection:
            self.is_paused = True
            self.connection.pause_writing()

    def take(self, data: bytes) -> int:
        """Take bytes that are sent to the descriptor, past the transport; -1 if none are taken."""
        assert not self.is_closed, "written to after it was closed"
        assert not self.unsent, "overtook unsent bytes"
        if self.is_count_unknown:
            self.sent += data[: len(self.sent) % (len(data) + 1)]
            return UNKNOWN_COUNT
        if self.capacity is not None:
            self.is_stalled, data, self.capacity = True, data[: self.capacity], None
        elif self.is_stalled:
            return -1
        self.sent += data
        return len(data)

    def flush(self) -> None:
        if not self.is_stalled:
            self.sent, self.unsent = self.sent + self.unsent, b""

    def drain(self) -> None:
        self.is_stalled = False
        self.flush()
        if self.is_paused and self.connection and not self.is_closed:
            self.is_paused = False
            self.connection.resume_writing()

    def get_write_buffer_size(self) -> int:
        return len(self.unsent)

    def close(self) -> None:
        self.is_closed = True
        self.flush()

    abort = close


@dataclass
class Page:
    """What a reader's page does with frames, and the posts that it shows."""

    wire: FakeTransport
    epoch: str
    seq: int
    state: dict[str, str]
    is_over: bool = False
    """The page was reset or got a goodbye, and loads again."""
    read: int = 0

    def take(self) -> None:
        """Apply the frames that have arrived; a change out of order is a defect of the hub."""
        text = self.wire.sent[self.read :].decode()
        whole = text.rpartition("\n\n")[0]
        self.read += len(whole.encode()) + 2 if whole else 0
        for block in whole.split("\n\n"):
            event = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if event.get("event") in ("reset", "bye"):
                self.is_over = True
            if event.get("event") == "change" and not self.is_over:
                change = json.loads(event["data"])
                assert change["seq"] == self.seq + 1, f"{change['seq']} after {self.seq}"
                self.seq = change["seq"]
                self.state[change["post"]] = change["text"]


@dataclass
class Log:
    """A live blog: numbered changes of posts. A frame contains the current text of its post."""

    epoch: str = "e1"
    changes: list[str] = field(default_factory=list)
    posts: dict[str, str] = field(default_factory=dict)
    edited: dict[int, str] = field(default_factory=dict)
    """Posts that were edited, by change number."""

    @property
    def end(self) -> Cursor:
        return Cursor(self.epoch, len(self.changes))

    def set(self, post: str, text: str, edit: bool) -> None:
        self.changes.append(post)
        self.posts[post] = text
        if edit:
            self.edited[len(self.changes)] = post

    def frames(self, after: int, until: int | None = None) -> list[tuple[int, bytes]]:
        end = len(self.changes) if until is None else until
        return [(seq, self.frame(seq)) for seq in range(after + 1, end + 1)]

    def frame(self, seq: int) -> bytes:
        post = self.changes[seq - 1]
        data = json.dumps({"seq": seq, "post": post, "text": self.posts[post]})
        return f"id: {self.epoch}-{seq}\nevent: change\ndata: {data}\n\n".encode()


class World:
    """A log, a hub that is behind it, and pages. The database answers when the test calls `answer` or `fail`."""

    def __init__(self) -> None:
        self.log = Log()
        self.log.set("p0", "first", edit=False)
        self.waiting: list[tuple[asyncio.Future[MissedFrames], MissedFrames]] = []
        self.wires: dict[int, FakeTransport] = {}
        self.hub = Hub(self.fetch, lambda: 0.0, self.send_all)
        self.known = self.log.end
        self.history: list[tuple[Cursor, dict[str, str]]] = []
        self.pages: list[Page] = []
        self.fetches = 0
        self.record()

    def record(self) -> None:
        self.history.append((self.log.end, dict(self.log.posts)))

    async def fetch(self, slug: str, after: int, until: int) -> MissedFrames:
        """Read the frames now, and return them later: meanwhile the log may have grown."""
        self.fetches += 1
        future: asyncio.Future[MissedFrames] = asyncio.get_running_loop().create_future()
        self.waiting.append((future, MissedFrames(self.log.end, self.log.frames(after, until))))
        return await future

    async def poll(self) -> None:
        self.known, channel = self.log.end, self.hub.channels.get(SLUG)
        if channel is None or channel.cursor == self.known:
            return
        if channel.epoch != self.log.epoch or self.known.seq - channel.replay_buffer.end > MAX_REPLAYED_CHANGES:
            await self.hub.reset(SLUG, self.known)
        else:
            edited_posts = {post for seq, post in self.log.edited.items() if seq > channel.replay_buffer.end}
            await self.hub.publish(SLUG, self.known, self.log.frames(channel.replay_buffer.end), edited_posts)

    async def answer(self) -> None:
        await self._settle_waiting(lambda future, missed: future.set_result(missed))

    async def fail(self) -> None:
        await self._settle_waiting(lambda future, _: future.set_exception(OSError("the database is away")))

    async def _settle_waiting(self, settle: Any) -> None:
        await asyncio.sleep(0)
        reads = list(self.hub._backfill._tasks)
        for future, missed in self.waiting:
            if not future.done():  # a process that has been stopped has cancelled its read
                settle(future, missed)
        self.waiting.clear()
        for _ in range(3):
            await asyncio.sleep(0)
        for read in reads:
            if read.done() and not read.cancelled():
                read.result()  # raises if the hub failed, for example with an illegal transition

    def join(self, back: int) -> None:
        """Open the stream of a page that was loaded `back` changes ago; of one beyond the log if that is negative."""
        cursor, state = self.history[max(0, len(self.history) - 1 - max(back, 0))]
        wire = self.open_stream(Cursor(cursor.epoch, cursor.seq - min(back, 0) * 1000))
        self.pages.append(Page(wire, cursor.epoch, cursor.seq, dict(state), is_over=back < 0))

    def open_stream(self, cursor: Cursor | None, is_reconnect: bool = False) -> FakeTransport:
        """Open a stream from `cursor` on."""
        wire, descriptor = FakeTransport(), self.free_descriptor()
        self.wires[descriptor] = wire
        wire.connection = StreamConnection(wire, descriptor, self.hub)  # type: ignore[arg-type]  # it has what the hub calls
        self.hub.join(wire.connection, SLUG, self.known, cursor, is_reconnect=is_reconnect)
        return wire

    def free_descriptor(self) -> int:
        """Return the lowest descriptor that no open connection has, as the system does."""
        return next(number for number in count() if number not in self.wires or self.wires[number].is_closed)

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        """Send past the transports, as the fan-out does."""
        return [self.wires[number].take(data) if number >= 0 else -1 for number in descriptors]

    def restart(self) -> None:
        self.hub.close()
        self.hub = Hub(self.fetch, lambda: 0.0, self.send_all)
        self.known = self.log.end

    def change(self, name: str, number: int) -> None:
        if name == "publish":
            for _ in range(number):
                self.log.set(f"p{len(self.log.changes)}", "news " + ("x" * 2000 if number == MANY else ""), edit=False)
                self.record()
            return
        posts = list(self.log.posts)
        post = posts[-1 - number % len(posts)]
        self.log.set(post, "" if name == "withdraw" else f"edited at {len(self.log.changes)}", edit=True)
        self.record()

    async def step(self, name: str, number: int) -> None:
        if name in ("publish", "edit", "withdraw"):
            self.change(name, number)
        elif name == "new epoch":
            self.log.epoch = f"e{len(self.history)}"
            self.log.set("p0", "new epoch", edit=True)
            self.record()
        elif name in ("poll", "answer", "fail"):
            await getattr(self, name)()
        elif name == "heartbeat":
            for _ in range(number):
                self.hub.send_heartbeats()
        elif name == "join":
            self.join(number)
        elif name == "restart":
            self.restart()
        elif self.pages:
            self.act_on(name, self.pages[number % len(self.pages)])

    def act_on(self, name: str, page: Page) -> None:
        if name == "stall":
            page.wire.is_stalled = True
        elif name == "fill":
            page.wire.capacity = 7
        elif name == "lose count":
            page.wire.is_count_unknown = True
        elif name == "drain":
            page.wire.drain()
        elif name == "leave" and page.wire.connection and not page.wire.is_closed:
            page.wire.connection.connection_lost(None)
            page.wire.is_closed = True

    async def settle(self) -> None:
        for _ in range(6):
            await self.poll()
            await self.answer()
            for page in self.pages:
                page.wire.drain()


def run_scenario(scenario: Any) -> None:
    """Run `scenario(world)` in an event loop."""

    async def run() -> None:
        await scenario(World())

    asyncio.run(run())
