"""The hub, whatever order things come in: every reader gets each change after its cursor once, in order, or a reset."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.coverage.state import Cursor
from stoppress.edge import hub as hubs
from stoppress.edge.hub import Hub, Missed
from stoppress.edge.kernel import UNKNOWN
from stoppress.edge.reader import StreamReader
from stoppress.edge.ring import KEPT, PIECE
from stoppress.edge.wheel import SPOKES, lifetime

SLUG = "storm"
MANY = 30
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 4)),
        st.tuples(st.just("publish"), st.sampled_from([1, MANY, 2 * KEPT])),
        st.tuples(st.just("edit"), st.integers(0, 20)),
        st.tuples(st.just("withdraw"), st.integers(0, 20)),
        st.tuples(st.just("afresh"), st.just(0)),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("join"), st.integers(-3, 260)),
        st.tuples(st.just("answer"), st.just(0)),
        st.tuples(st.just("fail"), st.just(0)),
        st.tuples(st.just("stall"), st.integers(0, 5)),
        st.tuples(st.just("fill"), st.integers(0, 5)),
        st.tuples(st.just("lose"), st.integers(0, 5)),
        st.tuples(st.just("drain"), st.integers(0, 5)),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("beat"), st.integers(1, 300)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=50,
)


@dataclass(eq=False)
class Wire:
    """A transport whose other end may stop taking bytes, and that calls its reader as uvloop does."""

    reader: StreamReader | None = None
    sent: bytes = b""
    unsent: bytes = b""
    stalled: bool = False
    closed: bool = False
    room: int | None = None
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
            return UNKNOWN
        if self.room is not None:
            self.stalled, data, self.room = True, data[: self.room], None
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
        self.waiting: list[tuple[asyncio.Future[Missed], Missed]] = []
        self.wires: dict[int, Wire] = {}
        self.hub = Hub(self.fetch, lambda: 0.0, self.send_all)
        self.known = self.log.head
        self.history: list[tuple[Cursor, dict[str, str]]] = []
        self.pages: list[Page] = []
        self.fetches = 0
        self.remember()

    def remember(self) -> None:
        self.history.append((self.log.head, dict(self.log.posts)))

    async def fetch(self, slug: str, after: int, until: int) -> Missed:
        """What the database said at the time of asking comes later: the world may have moved on."""
        self.fetches += 1
        future: asyncio.Future[Missed] = asyncio.get_running_loop().create_future()
        self.waiting.append((future, Missed(self.log.head, self.log.frames(after, until))))
        return await future

    async def look(self) -> None:
        self.known, room = self.log.head, self.hub.rooms.get(SLUG)
        if room is None or room.cursor == self.known:
            return
        if room.epoch != self.log.epoch or self.known.seq - room.ring.end > KEPT:
            await self.hub.reset(SLUG, self.known)
        else:
            touched = {post for seq, post in self.log.touched.items() if seq > room.ring.end}
            await self.hub.publish(SLUG, self.known, self.log.frames(room.ring.end), touched)

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
        wire.reader = StreamReader(wire, descriptor, self.hub)  # type: ignore[arg-type]  # as far as the hub uses one
        self.hub.join(wire.reader, SLUG, self.known, cursor, again=again)
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
                self.hub.beat()
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
            page.wire.room = 7
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


@settings(max_examples=400, deadline=None)
@given(steps=STEPS)
def test_no_page_ends_in_another_state_than_the_logs(steps):
    async def play() -> None:
        world = World()
        for name, number in steps:
            await world.step(name, number)
            for page in world.pages:
                page.take()
        await world.settle()
        for page in world.pages:
            page.take()
            if not page.over and not page.wire.closed:
                assert (page.seq, page.state) == (len(world.log.changes), world.log.posts)
                assert page.epoch == world.log.epoch
        room = world.hub.rooms.get(SLUG)
        assert room is None or (len(room.late), len(room.apart)) == (0, 0)
        assert world.hub.readers == len(world.hub.wheel)

    asyncio.run(play())


@settings(max_examples=100, deadline=None)
@given(steps=STEPS)
def test_a_withdrawn_text_stays_in_no_ring(steps):
    async def play() -> None:
        world = World()
        for name, number in steps:
            await world.step(name, number)
        world.join(3)
        world.log.set("p0", "unspeakable", edit=True)
        await world.settle()
        world.join(1)
        world.log.set("p0", "", edit=True)
        await world.look()
        await world.answer()
        world.join(2)
        await world.settle()
        ring = world.hub.rooms[SLUG].ring
        assert not any(b"unspeakable" in data for _, data in [*ring._frames, *ring._pieces.values()])
        assert b"unspeakable" not in world.pages[-1].wire.sent

    asyncio.run(play())


def play(world_does: Any) -> None:
    async def run() -> None:
        await world_does(World())

    asyncio.run(run())


def test_thousands_who_come_back_cost_one_query():
    async def run(world: World) -> None:
        world.change("publish", 40)
        world.known = world.log.head
        for number in range(3000):
            world.join(number % 40)
        await world.settle()
        assert world.fetches <= 2
        for page in world.pages:
            page.take()
            assert page.seq == 41

    play(run)


def test_live_frames_that_are_not_taken_end_in_a_drop_and_others_hear_all():
    async def run(world: World) -> None:
        world.join(0)
        world.join(0)
        stalled, other = world.pages
        stalled.wire.stalled = True
        for _ in range(60):
            world.change("publish", MANY // MANY)
            world.log.posts[world.log.changes[-1]] = "x" * 2000
            await world.look()
        assert stalled.wire.closed and stalled.wire.most < hubs.MOST_UNSENT + 4096
        assert world.hub.counts.dropped == 1 and world.hub.readers == 1
        other.take()
        assert other.seq == 61

    play(run)


def test_a_long_catching_up_is_paced_and_does_not_count_against_the_reader():
    async def run(world: World) -> None:
        for _ in range(5):
            world.change("publish", MANY)
        world.known = world.log.head
        world.join(0)
        world.join(150)
        page = world.pages[1]
        page.wire.stalled = True
        await world.answer()
        assert page.wire.most <= PIECE + 4096 and not page.wire.closed
        for _ in range(20):
            world.change("publish", 1)
            await world.look()
        assert page.wire.most <= PIECE + 4096 and not page.wire.closed
        await world.settle()
        page.take()
        assert page.seq == len(world.log.changes)

    play(run)


def test_who_leaves_while_a_change_is_written_is_sent_nothing_and_who_came_on_its_descriptor_is_not_sent_it_again(
    monkeypatch,
):
    monkeypatch.setattr(hubs, "BREATH", 2)

    async def run(world: World) -> None:
        for _ in range(6):
            world.join(0)
        world.change("publish", 1)
        writing = asyncio.ensure_future(world.look())
        await asyncio.sleep(0)
        world.touch("leave", world.pages[3])
        world.join(0)
        newcomer = world.pages[6]
        assert newcomer.wire.reader and newcomer.wire.reader.descriptor == 3
        await writing
        for page in world.pages:
            page.take()
        assert [page.seq for page in world.pages] == [2, 2, 2, 1, 2, 2, 2]
        assert newcomer.wire.sent.count(b"event: change") == 0

    play(run)


def test_what_the_kernel_takes_in_part_is_finished_by_the_transport():
    async def run(world: World) -> None:
        for _ in range(3):
            world.join(0)
        world.pages[1].wire.room = 7
        world.change("publish", 1)
        await world.look()
        assert world.hub.rooms[SLUG].holding == 2
        world.change("publish", 1)
        await world.look()
        world.pages[1].wire.drain()
        for page in world.pages:
            page.take()
        assert [page.seq for page in world.pages] == [3, 3, 3] and world.hub.rooms[SLUG].holding == 3

    play(run)


def test_of_whom_nobody_can_tell_what_it_took_is_dropped_and_comes_back():
    async def does(world: World) -> None:
        world.join(0)
        world.join(0)
        lost, other = world.pages
        lost.wire.lost = True
        world.change("publish", 1)
        await world.look()
        other.take()
        assert lost.wire.closed and world.hub.counts.dropped == 1
        assert (other.state, other.wire.closed) == (world.log.posts, False)
        assert world.hub.rooms[SLUG].readers == 1

    play(does)


def test_the_figures_say_how_many_hold_the_newest_and_who_is_behind():
    async def run(world: World) -> None:
        for _ in range(4):
            world.join(0)
        world.pages[0].wire.stalled = True
        world.change("publish", 1)
        await world.look()
        room = world.hub.rooms[SLUG]
        assert (room.readers, room.holding, room.spread.audience) == (4, 3, 4)
        world.pages[0].wire.drain()
        assert room.holding == 4 and sum(count for _, count in room.spread.steps) == 4

    play(run)


def last_id(wire: Wire) -> str:
    """What an EventSource that has read everything comes back with."""
    return wire.sent.decode().rpartition("id: ")[2].partition("\n")[0]


@pytest.mark.parametrize("cursor", [Cursor("", 0), Cursor("e0", 7), Cursor("e1", 3), Cursor("e1", 999)])
def test_who_was_reset_and_comes_back_is_not_reset_again(cursor):
    async def does(world: World) -> None:
        world.change("publish", 2 * KEPT)
        world.known = world.log.head
        wire = world.ask(cursor)
        await world.answer()
        assert b"event: reset" in wire.sent and last_id(wire) == str(world.log.head)
        if cursor.seq < 999:
            assert wire.sent.count(str(world.log.head).encode()) == 3, "hello and reset tell the same"
        again = world.ask(Cursor.parse(last_id(wire)))
        await world.answer()
        assert b"event: reset" not in again.sent and world.hub.counts.resets == 1

    play(does)


def test_who_hears_of_a_new_epoch_and_comes_back_is_not_reset_again():
    async def does(world: World) -> None:
        wire = world.ask(None)
        world.change("publish", 1)
        await world.step("afresh", 0)
        await world.look()
        assert b"event: reset" in wire.sent and last_id(wire) == str(world.log.head)
        assert b"event: reset" not in world.ask(Cursor.parse(last_id(wire))).sent

    play(does)


def test_only_who_had_a_stream_before_and_goes_on_is_counted_as_come_back():
    async def does(world: World) -> None:
        for cursor, again in [(None, False), (None, True), (Cursor("e1", 1), False), (Cursor("e0", 1), True)]:
            world.ask(cursor, again)
        assert world.hub.counts.resumed == 0
        world.ask(Cursor("e1", 1), again=True)
        assert world.hub.counts.resumed == 1

    play(does)


def test_a_beat_never_wakes_all_readers_at_once_and_reaches_each_once_in_a_turn():
    async def run(world: World) -> None:
        for _ in range(120):
            world.join(0)
        before = [len(page.wire.sent) for page in world.pages]
        world.hub.beat()
        assert sum(len(page.wire.sent) > was for page, was in zip(world.pages, before, strict=True)) == 2
        for _ in range(SPOKES - 1):
            world.hub.beat()
        assert all(page.wire.sent.count(b"event: beat") == 1 for page in world.pages)

    play(run)


def test_who_stays_too_long_is_asked_to_come_back_but_not_all_at_once():
    async def run(world: World) -> None:
        for _ in range(60):
            world.join(0)
        left = []
        for _ in range(lifetime(SPOKES) + SPOKES):
            world.hub.beat()
            left.append(world.hub.readers)
        assert left[-1] == 0 and left[lifetime(0) - SPOKES] == 60
        assert all(b"event: bye" in page.wire.sent for page in world.pages)
        assert max(was - now for was, now in pairwise(left)) <= 2

    play(run)


def test_a_reader_who_takes_nothing_for_a_minute_is_dropped():
    async def run(world: World) -> None:
        world.join(0)
        world.pages[0].wire.stalled = True
        world.change("publish", 1)
        await world.look()
        for _ in range(hubs.PATIENCE + SPOKES + 1):
            world.hub.beat()
        assert world.pages[0].wire.closed and world.hub.readers == 0

    play(run)
