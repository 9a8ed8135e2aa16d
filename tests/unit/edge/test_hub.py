"""The hub, whatever order things come in: every reader gets each change after its cursor once, in order, or a reset."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live import hub as hubs
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.heartbeat import WHEEL_SLOTS, lifetime_ticks
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES, MAX_CHUNK_BYTES
from tests.support.hub_model import MANY, SLUG, Page, Wire, World, play

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 4)),
        st.tuples(st.just("publish"), st.sampled_from([1, MANY, 2 * MAX_REPLAYED_CHANGES])),
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
        room = world.hub.channels.get(SLUG)
        assert room is None or (len(room.backlogged), len(room.catching_up)) == (0, 0)
        told = {page.wire.reader for page in world.pages if b"event: reset" in page.wire.sent}
        assert room is None or (told.isdisjoint(room.current) and told >= set(room.resetting))
        assert world.hub.reader_count == len(world.hub.wheel)
        assert room is None or room.latency.audience_size == sum(count for _, count in room.latency.steps)

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
        ring = world.hub.channels[SLUG].replay_buffer
        assert not any(b"unspeakable" in data for _, data in [*ring._frames, *ring._chunks.values()])
        assert b"unspeakable" not in world.pages[-1].wire.sent

    asyncio.run(play())


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
        assert stalled.wire.closed and stalled.wire.most < hubs.MAX_UNSENT_BYTES + 4096
        assert world.hub.counters.dropped == 1 and world.hub.reader_count == 1
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
        assert page.wire.most <= MAX_CHUNK_BYTES + 4096 and not page.wire.closed
        for _ in range(20):
            world.change("publish", 1)
            await world.look()
        assert page.wire.most <= MAX_CHUNK_BYTES + 4096 and not page.wire.closed
        await world.settle()
        page.take()
        assert page.seq == len(world.log.changes)

    play(run)


def test_who_leaves_while_a_change_is_written_is_sent_nothing_and_who_came_on_its_descriptor_is_not_sent_it_again(
    monkeypatch,
):
    monkeypatch.setattr(hubs, "READERS_PER_LOOP_TURN", 2)

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
        world.pages[1].wire.capacity = 7
        world.change("publish", 1)
        await world.look()
        assert world.hub.channels[SLUG].current_count == 2
        world.change("publish", 1)
        await world.look()
        world.pages[1].wire.drain()
        for page in world.pages:
            page.take()
        assert [page.seq for page in world.pages] == [3, 3, 3] and world.hub.channels[SLUG].current_count == 3

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
        assert lost.wire.closed and world.hub.counters.dropped == 1
        assert (other.state, other.wire.closed) == (world.log.posts, False)
        assert world.hub.channels[SLUG].reader_count == 1

    play(does)


def test_the_figures_say_how_many_hold_the_newest_and_who_is_behind():
    async def run(world: World) -> None:
        for _ in range(4):
            world.join(0)
        world.pages[0].wire.stalled = True
        world.change("publish", 1)
        await world.look()
        room = world.hub.channels[SLUG]
        assert (room.reader_count, room.current_count, room.latency.audience_size) == (4, 3, 4)
        world.pages[0].wire.drain()
        assert room.current_count == 4 and sum(count for _, count in room.latency.steps) == 4

    play(run)


def held(world: World) -> int:
    """How many the figures say hold the newest change."""
    return sum(count for _, count in world.hub.channels[SLUG].latency.steps)


def stall_again(page: Page) -> None:
    """It takes what it owes, and nothing that is written then."""
    wire = page.wire
    wire.sent, wire.unsent, wire.paused = wire.sent + wire.unsent, b"", False
    wire.reader.resume_writing()


@pytest.fixture
def short_breath(monkeypatch):
    monkeypatch.setattr(hubs, "READERS_PER_LOOP_TURN", 2)


def test_only_who_was_listening_counts_however_late_others_catch_up(seconds):
    async def does(world: World) -> None:
        world.hub._clock = seconds
        for _ in range(10):
            world.join(0)
        world.pages[0].wire.stalled = True
        world.change("publish", 1)
        await world.look()
        room, counts = world.hub.channels[SLUG], world.hub.counters
        assert (room.latency.audience_size, held(world), counts.deliveries) == (10, 9, 9)
        world.pages[0].wire.reader.connection_lost(None)
        assert (room.latency.audience_size, held(world)) == (9, 9), "who has left is waited for no more"
        seconds.now += 3600
        late = Wire(stalled=True)
        world.wires[world.free_descriptor()] = late
        late.reader = StreamConnection(late, 99, world.hub)
        world.hub.join(late.reader, SLUG, world.known, Cursor("e1", 1))
        await world.answer()
        late.drain()
        world.pages[3].wire.stalled = True
        for _ in range(WHEEL_SLOTS):
            world.hub.send_heartbeats()
        world.pages[3].wire.drain()
        assert room.current_count == 10 and counts.deliveries == 9 and max(seconds for seconds, _ in room.latency.steps) < 1

    play(does)


@pytest.mark.parametrize("many", [1, MANY])
def test_who_takes_it_while_others_are_written_to_counts_once(short_breath, many):
    async def does(world: World) -> None:
        for _ in range(6):
            world.join(0)
        world.pages[0].wire.stalled = True
        world.change("publish", many)
        looking = asyncio.ensure_future(world.look())
        await asyncio.sleep(0)
        world.pages[0].wire.drain()
        world.pages[5].wire.reader.connection_lost(None)
        await looking
        room = world.hub.channels[SLUG]
        assert (room.current_count, held(world), room.latency.audience_size) == (5, 5, 5)

    play(does)


def test_who_takes_the_change_before_does_not_count_for_this_one_yet(short_breath):
    async def does(world: World) -> None:
        for _ in range(6):
            world.join(0)
        late = world.pages[5]
        late.wire.stalled = True
        for _ in range(2):
            world.change("publish", 1)
            looking = asyncio.ensure_future(world.look())
            await asyncio.sleep(0)
            if late.wire.unsent:
                stall_again(late)
            await looking
        room = world.hub.channels[SLUG]
        assert (room.current_count, held(world), room.latency.audience_size) == (5, 5, 6)
        late.wire.drain()
        assert (room.current_count, held(world), world.hub.counters.deliveries) == (6, 6, 12)

    play(does)


def test_who_is_reset_while_a_change_is_written_does_not_hear_it_after_that(short_breath):
    async def does(world: World) -> None:
        for _ in range(6):
            world.join(0)
        world.change("publish", 1)
        looking = asyncio.ensure_future(world.look())
        await asyncio.sleep(0)
        wire = world.ask(Cursor("e0", 1))
        await looking
        assert wire.sent.count(f"{world.log.head}\n".encode()) == 2 and b"event: change" not in wire.sent

    play(does)


def test_who_needs_what_the_log_has_lost_is_told_to_load_the_page_again():
    async def does(world: World) -> None:
        world.change("publish", 30)
        world.known, whole = world.log.head, world.log.frames
        world.log.frames = lambda after, until=None: [frame for frame in whole(after, until) if frame[0] != 20]
        wire, other = world.ask(Cursor("e1", 15)), world.ask(Cursor("e1", 25))
        for _ in range(5):
            await world.answer()
        assert b"event: reset" in wire.sent and b"event: reset" not in other.sent and world.fetches == 1
        assert other.sent.endswith(whole(30)[-1][1])

    play(does)


def test_who_was_told_to_load_the_page_again_does_not_hold_the_newest_but_hears_of_it():
    async def does(world: World) -> None:
        told, others = world.ask(Cursor("e0", 1)), [world.ask(None) for _ in range(2)]
        world.change("publish", 1)
        await world.look()
        room = world.hub.channels[SLUG]
        assert (room.reader_count, room.current_count, room.latency.audience_size) == (3, 2, 2)
        assert all(b"event: change" in wire.sent for wire in [told, *others])
        await world.step("afresh", 0)
        await world.look()
        assert (room.reader_count, room.current_count, room.latency.audience_size) == (3, 0, 0)
        for many in (1, 2 * MANY):
            world.change("publish", many)
            await world.look()
        assert all(wire.sent.endswith(world.log.frames(many)[-1][1]) for wire in [told, *others])
        assert world.hub.counters.resets == 4
        for wire in (told, *others):
            wire.reader.connection_lost(None)
        assert not world.hub.channels

    play(does)


def last_id(wire: Wire) -> str:
    """What an EventSource that has read everything comes back with."""
    return wire.sent.decode().rpartition("id: ")[2].partition("\n")[0]


@pytest.mark.parametrize("cursor", [Cursor("", 0), Cursor("e0", 7), Cursor("e1", 3), Cursor("e1", 999)])
def test_who_was_reset_and_comes_back_is_not_reset_again(cursor):
    async def does(world: World) -> None:
        world.change("publish", 2 * MAX_REPLAYED_CHANGES)
        world.known = world.log.head
        wire = world.ask(cursor)
        await world.answer()
        assert b"event: reset" in wire.sent and last_id(wire) == str(world.log.head)
        if cursor.seq < 999:
            assert wire.sent.count(str(world.log.head).encode()) == 3, "hello and reset tell the same"
        again = world.ask(Cursor.parse(last_id(wire)))
        await world.answer()
        assert b"event: reset" not in again.sent and world.hub.counters.resets == 1

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


def test_who_comes_while_the_log_is_read_from_further_on_than_that_is_not_reset():
    """Another process told it; here the answer is still on its way of what the log held before."""

    async def does(world: World) -> None:
        wires = []
        for _ in range(3):
            world.change("publish", 1)
            wires.append(world.ask(world.log.head))  # each from a process that is quicker than this one
            await asyncio.sleep(0)
        for _ in range(3):
            await world.answer()
        await world.look()
        world.change("publish", 1)
        await world.look()
        assert world.hub.counters.resets == 0 and world.fetches == 2
        assert all(wire.sent.endswith(world.log.frame(len(world.log.changes))) for wire in wires)

    play(does)


def test_only_who_had_a_stream_before_and_goes_on_is_counted_as_come_back():
    async def does(world: World) -> None:
        for cursor, again in [(None, False), (None, True), (Cursor("e1", 1), False), (Cursor("e0", 1), True)]:
            world.ask(cursor, again)
        assert world.hub.counters.resumed == 0
        world.ask(Cursor("e1", 1), again=True)
        assert world.hub.counters.resumed == 1

    play(does)


def test_a_beat_never_wakes_all_readers_at_once_and_reaches_each_once_in_a_turn():
    async def run(world: World) -> None:
        for _ in range(120):
            world.join(0)
        before = [len(page.wire.sent) for page in world.pages]
        world.hub.send_heartbeats()
        assert sum(len(page.wire.sent) > was for page, was in zip(world.pages, before, strict=True)) == 2
        for _ in range(WHEEL_SLOTS - 1):
            world.hub.send_heartbeats()
        assert all(page.wire.sent.count(b"event: beat") == 1 for page in world.pages)

    play(run)


def test_who_stays_too_long_is_asked_to_come_back_but_not_all_at_once():
    async def run(world: World) -> None:
        for _ in range(60):
            world.join(0)
        left = []
        for _ in range(lifetime_ticks(WHEEL_SLOTS) + WHEEL_SLOTS):
            world.hub.send_heartbeats()
            left.append(world.hub.reader_count)
        assert left[-1] == 0 and left[lifetime_ticks(0) - WHEEL_SLOTS] == 60
        assert all(b"event: bye" in page.wire.sent for page in world.pages)
        assert max(was - now for was, now in pairwise(left)) <= 2

    play(run)


def test_a_reader_who_takes_nothing_for_a_minute_is_dropped():
    async def run(world: World) -> None:
        world.join(0)
        world.pages[0].wire.stalled = True
        world.change("publish", 1)
        await world.look()
        for _ in range(hubs.MAX_BLOCKED_TICKS + WHEEL_SLOTS + 1):
            world.hub.send_heartbeats()
        assert world.pages[0].wire.closed and world.hub.reader_count == 0

    play(run)
