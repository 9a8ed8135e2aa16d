"""The hub, whatever order things come in: every reader gets each change after its cursor once, and in order."""

import asyncio
import json
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.coverage.state import Cursor
from stoppress.edge.hub import Hub, Missed

EPOCH = "ab12"
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 4)),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("join"), st.integers(0, 12)),
        st.tuples(st.just("answer"), st.just(0)),
        st.tuples(st.just("leave"), st.integers(0, 5)),
    ),
    max_size=40,
)


@dataclass(eq=False)
class Ear:
    """A reader that remembers what it was written."""

    slug: str = "storm"
    seq: int = 0
    catching_up: bool = False
    since: float = 0
    start: int = 0
    heard: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        self.heard.append(data)

    def end(self, last_words: bytes) -> None:
        self.heard.append(last_words)

    @property
    def numbers(self) -> list[int]:
        lines = b"".join(self.heard).decode().split("\n")
        return [json.loads(line[6:])["seq"] for line in lines if line.startswith('data: {"seq"')]


class World:
    """A log, a hub that is behind it, and readers; database answers come when the test says so."""

    def __init__(self) -> None:
        self.end, self.waiting = 1, []  # type: int, list[tuple[int, asyncio.Future[Missed]]]
        self.hub = Hub(self.fetch, clock=lambda: 0.0)
        self.ears: list[Ear] = []

    async def fetch(self, slug: str, seq: int) -> Missed:
        future: asyncio.Future[Missed] = asyncio.get_running_loop().create_future()
        self.waiting.append((seq, future))
        return await future

    def frames(self, after: int) -> list[tuple[int, bytes]]:
        return [(seq, b'data: {"seq":%d}\n\n' % seq) for seq in range(after + 1, self.end + 1)]

    async def look(self) -> None:
        room = self.hub.rooms.get("storm")
        if room and room.cursor.seq < self.end:
            await self.hub.publish("storm", Cursor(EPOCH, self.end), self.frames(room.cursor.seq))

    async def answer(self) -> None:
        await asyncio.sleep(0)
        for seq, future in self.waiting:
            future.set_result(self.frames(seq))
        self.waiting.clear()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def join(self, back: int) -> None:
        ear = Ear(start=max(0, self.end - back))
        self.ears.append(ear)
        known = self.hub.rooms["storm"].cursor if "storm" in self.hub.rooms else Cursor(EPOCH, max(1, self.end - 1))
        self.hub.join(ear, known, Cursor(EPOCH, ear.start))

    async def step(self, name: str, number: int) -> None:
        if name == "write":
            self.end += number
        elif name == "join":
            self.join(number)
        elif name == "leave" and self.ears:
            gone = self.ears.pop(number % len(self.ears))
            self.hub.leave(gone)
        elif name in ("look", "answer"):
            await getattr(self, name)()


@settings(max_examples=300, deadline=None)
@given(steps=STEPS)
def test_each_reader_hears_each_change_once_and_in_order(steps):
    async def play() -> None:
        world = World()
        for name, number in steps:
            await world.step(name, number)
        for _ in range(2):
            await world.answer()
            await world.look()
        for ear in world.ears:
            assert ear.numbers == list(range(ear.start + 1, world.end + 1))

    asyncio.run(play())


def test_frames_that_have_been_overtaken_are_not_handed_out_again():
    told = b'data: {"seq":%d,"kind":"%s","html":"%s"}\n\n'

    async def play() -> None:
        world = World()
        stays, returns = Ear(), Ear()
        world.hub.join(stays, Cursor(EPOCH, 1), None)
        await world.hub.publish("storm", Cursor(EPOCH, 2), [(2, told % (2, b"published", b"wrong"))])
        await world.hub.publish("storm", Cursor(EPOCH, 3), [(3, told % (3, b"withdrawn", b"gone"))])
        world.hub.join(returns, Cursor(EPOCH, 3), Cursor(EPOCH, 1))
        await asyncio.sleep(0)
        assert [seq for seq, _ in world.waiting] == [1], "what stands now is read afresh"
        assert b"wrong" not in b"".join(returns.heard)
        world.hub.join(late := Ear(), Cursor(EPOCH, 3), Cursor(EPOCH, 2))
        assert late.numbers == [3]

    asyncio.run(play())


def test_who_stays_too_long_is_asked_to_come_back(monkeypatch):
    async def play() -> None:
        monkeypatch.setattr("stoppress.edge.hub.BEAT_EVERY", 0.001)
        time = 0.0
        hub = Hub(World().fetch, clock=lambda: time)
        old, young = Ear(), Ear()
        hub.join(old, Cursor(EPOCH, 1), None)
        time = 14 * 60.0
        hub.join(young, Cursor(EPOCH, 1), None)
        time = 15 * 60.0 + 1
        beating = asyncio.create_task(hub.keep_alive())
        while len(young.heard) < 2:
            await asyncio.sleep(0.001)
        beating.cancel()
        assert b"event: bye" in old.heard[1] and young.heard[1] == b"event: beat\ndata: 0\n\n"

    asyncio.run(play())
