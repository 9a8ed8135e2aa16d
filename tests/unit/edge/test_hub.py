"""The hub, with events in any order: every reader gets each change after its cursor once and in order, or a reset."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live import hub as hubs
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.heartbeat import WHEEL_SLOTS, lifetime_ticks
from stoppress.edge.live.replay_buffer import MAX_CHUNK_BYTES, MAX_REPLAYED_CHANGES
from tests.support.hub_model import MANY, SLUG, FakeTransport, Page, World, run_scenario

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 4)),
        st.tuples(st.just("publish"), st.sampled_from([1, MANY, 2 * MAX_REPLAYED_CHANGES])),
        st.tuples(st.just("edit"), st.integers(0, 20)),
        st.tuples(st.just("withdraw"), st.integers(0, 20)),
        st.tuples(st.just("new epoch"), st.just(0)),
        st.tuples(st.just("poll"), st.just(0)),
        st.tuples(st.just("join"), st.integers(-3, 260)),
        st.tuples(st.just("answer"), st.just(0)),
        st.tuples(st.just("fail"), st.just(0)),
        st.tuples(st.just("stall"), st.integers(0, 5)),
        st.tuples(st.just("fill"), st.integers(0, 5)),
        st.tuples(st.just("lose count"), st.integers(0, 5)),
        st.tuples(st.just("drain"), st.integers(0, 5)),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("heartbeat"), st.integers(1, 300)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=50,
)


@settings(max_examples=400, deadline=None)
@given(steps=STEPS)
def test_every_page_ends_in_the_state_of_the_log(steps):
    async def run_scenario() -> None:
        world = World()
        for name, number in steps:
            await world.step(name, number)
            for page in world.pages:
                page.take()
        await world.settle()
        for page in world.pages:
            page.take()
            if not page.is_over and not page.wire.is_closed:
                assert (page.seq, page.state) == (len(world.log.changes), world.log.posts)
                assert page.epoch == world.log.epoch
        channel = world.hub.channels.get(SLUG)
        assert channel is None or (len(channel.backlogged), len(channel.catching_up)) == (0, 0)
        reset = {page.wire.connection for page in world.pages if b"event: reset" in page.wire.sent}
        assert channel is None or (reset.isdisjoint(channel.current) and reset >= set(channel.resetting))
        assert world.hub.reader_count == len(world.hub.wheel)
        assert channel is None or channel.latency.audience_size == sum(count for _, count in channel.latency.steps)

    asyncio.run(run_scenario())


@settings(max_examples=100, deadline=None)
@given(steps=STEPS)
def test_replay_buffer_does_not_keep_withdrawn_text(steps):
    async def run_scenario() -> None:
        world = World()
        for name, number in steps:
            await world.step(name, number)
        world.join(3)
        world.log.set("p0", "unspeakable", edit=True)
        await world.settle()
        world.join(1)
        world.log.set("p0", "", edit=True)
        await world.poll()
        await world.answer()
        world.join(2)
        await world.settle()
        ring = world.hub.channels[SLUG].replay_buffer
        assert not any(b"unspeakable" in data for _, data in [*ring._frames, *ring._chunks.values()])
        assert b"unspeakable" not in world.pages[-1].wire.sent

    asyncio.run(run_scenario())


def test_thousands_of_reconnects_cost_two_queries_at_most():
    async def scenario(world: World) -> None:
        world.change("publish", 40)
        world.known = world.log.end
        for number in range(3000):
            world.join(number % 40)
        await world.settle()
        assert world.fetches <= 2
        for page in world.pages:
            page.take()
            assert page.seq == 41

    run_scenario(scenario)


def test_connection_is_dropped_when_it_takes_no_live_frames_and_others_get_all():
    async def scenario(world: World) -> None:
        world.join(0)
        world.join(0)
        stalled, other = world.pages
        stalled.wire.is_stalled = True
        for _ in range(60):
            world.change("publish", MANY // MANY)
            world.log.posts[world.log.changes[-1]] = "x" * 2000
            await world.poll()
        assert stalled.wire.is_closed and stalled.wire.max_unsent < hubs.MAX_UNSENT_BYTES + 4096
        assert world.hub.counters.dropped == 1 and world.hub.reader_count == 1
        other.take()
        assert other.seq == 61

    run_scenario(scenario)


def test_catching_up_is_written_in_chunks_and_does_not_drop_a_slow_connection():
    async def scenario(world: World) -> None:
        for _ in range(5):
            world.change("publish", MANY)
        world.known = world.log.end
        world.join(0)
        world.join(150)
        page = world.pages[1]
        page.wire.is_stalled = True
        await world.answer()
        assert page.wire.max_unsent <= MAX_CHUNK_BYTES + 4096 and not page.wire.is_closed
        for _ in range(20):
            world.change("publish", 1)
            await world.poll()
        assert page.wire.max_unsent <= MAX_CHUNK_BYTES + 4096 and not page.wire.is_closed
        await world.settle()
        page.take()
        assert page.seq == len(world.log.changes)

    run_scenario(scenario)


def test_reused_descriptor_gets_no_second_write_when_its_former_connection_left_during_publish(
    monkeypatch,
):
    monkeypatch.setattr(hubs, "READERS_PER_LOOP_TURN", 2)

    async def scenario(world: World) -> None:
        for _ in range(6):
            world.join(0)
        world.change("publish", 1)
        writing = asyncio.ensure_future(world.poll())
        await asyncio.sleep(0)
        world.act_on("leave", world.pages[3])
        world.join(0)
        newcomer = world.pages[6]
        assert newcomer.wire.connection and newcomer.wire.connection.descriptor == 3
        await writing
        for page in world.pages:
            page.take()
        assert [page.seq for page in world.pages] == [2, 2, 2, 1, 2, 2, 2]
        assert newcomer.wire.sent.count(b"event: change") == 0

    run_scenario(scenario)


def test_transport_writes_the_rest_when_the_kernel_takes_a_part():
    async def scenario(world: World) -> None:
        for _ in range(3):
            world.join(0)
        world.pages[1].wire.capacity = 7
        world.change("publish", 1)
        await world.poll()
        assert world.hub.channels[SLUG].current_count == 2
        world.change("publish", 1)
        await world.poll()
        world.pages[1].wire.drain()
        for page in world.pages:
            page.take()
        assert [page.seq for page in world.pages] == [3, 3, 3] and world.hub.channels[SLUG].current_count == 3

    run_scenario(scenario)


def test_connection_is_dropped_when_the_sent_bytes_are_unknown():
    async def scenario(world: World) -> None:
        world.join(0)
        world.join(0)
        lost, other = world.pages
        lost.wire.is_count_unknown = True
        world.change("publish", 1)
        await world.poll()
        other.take()
        assert lost.wire.is_closed and world.hub.counters.dropped == 1
        assert (other.state, other.wire.is_closed) == (world.log.posts, False)
        assert world.hub.channels[SLUG].reader_count == 1

    run_scenario(scenario)


def test_figures_count_current_and_backlogged_connections():
    async def scenario(world: World) -> None:
        for _ in range(4):
            world.join(0)
        world.pages[0].wire.is_stalled = True
        world.change("publish", 1)
        await world.poll()
        channel = world.hub.channels[SLUG]
        assert (channel.reader_count, channel.current_count, channel.latency.audience_size) == (4, 3, 4)
        world.pages[0].wire.drain()
        assert channel.current_count == 4 and sum(count for _, count in channel.latency.steps) == 4

    run_scenario(scenario)


def delivered_count(world: World) -> int:
    """Return the number of readers that have the newest change, according to the figures."""
    return sum(count for _, count in world.hub.channels[SLUG].latency.steps)


def drain_and_stall(page: Page) -> None:
    """Take the unsent bytes, and none of those that are written then."""
    wire = page.wire
    wire.sent, wire.unsent, wire.is_paused = wire.sent + wire.unsent, b"", False
    wire.connection.resume_writing()


@pytest.fixture
def two_readers_per_turn(monkeypatch):
    monkeypatch.setattr(hubs, "READERS_PER_LOOP_TURN", 2)


def test_latency_counts_only_readers_that_were_connected_at_publish(seconds):
    async def scenario(world: World) -> None:
        world.hub._clock = seconds
        for _ in range(10):
            world.join(0)
        world.pages[0].wire.is_stalled = True
        world.change("publish", 1)
        await world.poll()
        channel, counts = world.hub.channels[SLUG], world.hub.counters
        assert (channel.latency.audience_size, delivered_count(world), counts.deliveries) == (10, 9, 9)
        world.pages[0].wire.connection.connection_lost(None)
        assert (channel.latency.audience_size, delivered_count(world)) == (9, 9), (
            "the figures do not wait for a reader that left"
        )
        seconds.now += 3600
        late = FakeTransport(is_stalled=True)
        world.wires[world.free_descriptor()] = late
        late.connection = StreamConnection(late, 99, world.hub)
        world.hub.join(late.connection, SLUG, world.known, Cursor("e1", 1))
        await world.answer()
        late.drain()
        world.pages[3].wire.is_stalled = True
        for _ in range(WHEEL_SLOTS):
            world.hub.send_heartbeats()
        world.pages[3].wire.drain()
        assert (
            channel.current_count == 10
            and counts.deliveries == 9
            and max(seconds for seconds, _ in channel.latency.steps) < 1
        )

    run_scenario(scenario)


@pytest.mark.parametrize("many", [1, MANY])
def test_delivery_counts_once_when_the_connection_drains_during_publish(two_readers_per_turn, many):
    async def scenario(world: World) -> None:
        for _ in range(6):
            world.join(0)
        world.pages[0].wire.is_stalled = True
        world.change("publish", many)
        polling = asyncio.ensure_future(world.poll())
        await asyncio.sleep(0)
        world.pages[0].wire.drain()
        world.pages[5].wire.connection.connection_lost(None)
        await polling
        channel = world.hub.channels[SLUG]
        assert (channel.current_count, delivered_count(world), channel.latency.audience_size) == (5, 5, 5)

    run_scenario(scenario)


def test_delivery_does_not_count_when_only_the_previous_change_was_taken(two_readers_per_turn):
    async def scenario(world: World) -> None:
        for _ in range(6):
            world.join(0)
        late = world.pages[5]
        late.wire.is_stalled = True
        for _ in range(2):
            world.change("publish", 1)
            polling = asyncio.ensure_future(world.poll())
            await asyncio.sleep(0)
            if late.wire.unsent:
                drain_and_stall(late)
            await polling
        channel = world.hub.channels[SLUG]
        assert (channel.current_count, delivered_count(world), channel.latency.audience_size) == (5, 5, 6)
        late.wire.drain()
        assert (channel.current_count, delivered_count(world), world.hub.counters.deliveries) == (6, 6, 12)

    run_scenario(scenario)


def test_connection_gets_no_older_change_when_it_was_reset_during_publish(two_readers_per_turn):
    async def scenario(world: World) -> None:
        for _ in range(6):
            world.join(0)
        world.change("publish", 1)
        polling = asyncio.ensure_future(world.poll())
        await asyncio.sleep(0)
        wire = world.open_stream(Cursor("e0", 1))
        await polling
        assert wire.sent.count(f"{world.log.end}\n".encode()) == 2 and b"event: change" not in wire.sent

    run_scenario(scenario)


def test_connection_is_reset_when_the_log_has_lost_a_frame_it_needs():
    async def scenario(world: World) -> None:
        world.change("publish", 30)
        world.known, whole = world.log.end, world.log.frames
        world.log.frames = lambda after, until=None: [frame for frame in whole(after, until) if frame[0] != 20]
        wire, other = world.open_stream(Cursor("e1", 15)), world.open_stream(Cursor("e1", 25))
        for _ in range(5):
            await world.answer()
        assert b"event: reset" in wire.sent and b"event: reset" not in other.sent and world.fetches == 1
        assert other.sent.endswith(whole(30)[-1][1])

    run_scenario(scenario)


def test_resetting_connection_gets_changes_but_does_not_count_as_current():
    async def scenario(world: World) -> None:
        reset, others = world.open_stream(Cursor("e0", 1)), [world.open_stream(None) for _ in range(2)]
        world.change("publish", 1)
        await world.poll()
        channel = world.hub.channels[SLUG]
        assert (channel.reader_count, channel.current_count, channel.latency.audience_size) == (3, 2, 2)
        assert all(b"event: change" in wire.sent for wire in [reset, *others])
        await world.step("new epoch", 0)
        await world.poll()
        assert (channel.reader_count, channel.current_count, channel.latency.audience_size) == (3, 0, 0)
        for count in (1, 2 * MANY):
            world.change("publish", count)
            await world.poll()
        assert all(wire.sent.endswith(world.log.frames(count)[-1][1]) for wire in [reset, *others])
        assert world.hub.counters.resets == 4
        for wire in (reset, *others):
            wire.connection.connection_lost(None)
        assert not world.hub.channels

    run_scenario(scenario)


def last_id(wire: FakeTransport) -> str:
    """Return the id that an EventSource sends after it has read everything."""
    return wire.sent.decode().rpartition("id: ")[2].partition("\n")[0]


@pytest.mark.parametrize("cursor", [Cursor("", 0), Cursor("e0", 7), Cursor("e1", 3), Cursor("e1", 999)])
def test_client_is_not_reset_again_when_it_reconnects_after_a_reset(cursor):
    async def scenario(world: World) -> None:
        world.change("publish", 2 * MAX_REPLAYED_CHANGES)
        world.known = world.log.end
        wire = world.open_stream(cursor)
        await world.answer()
        assert b"event: reset" in wire.sent and last_id(wire) == str(world.log.end)
        if cursor.seq < 999:
            assert wire.sent.count(str(world.log.end).encode()) == 3, "hello and reset carry the same cursor"
        again = world.open_stream(Cursor.parse(last_id(wire)))
        await world.answer()
        assert b"event: reset" not in again.sent and world.hub.counters.resets == 1

    run_scenario(scenario)


def test_client_is_not_reset_again_when_it_reconnects_after_a_new_epoch():
    async def scenario(world: World) -> None:
        wire = world.open_stream(None)
        world.change("publish", 1)
        await world.step("new epoch", 0)
        await world.poll()
        assert b"event: reset" in wire.sent and last_id(wire) == str(world.log.end)
        assert b"event: reset" not in world.open_stream(Cursor.parse(last_id(wire))).sent

    run_scenario(scenario)


def test_client_is_not_reset_when_it_is_ahead_of_a_read_in_progress():
    """It got its cursor from another process, while this one waits for an older answer of the database."""

    async def scenario(world: World) -> None:
        wires = []
        for _ in range(3):
            world.change("publish", 1)
            wires.append(world.open_stream(world.log.end))  # each has the cursor of a faster process
            await asyncio.sleep(0)
        for _ in range(3):
            await world.answer()
        await world.poll()
        world.change("publish", 1)
        await world.poll()
        assert world.hub.counters.resets == 0 and world.fetches == 2
        assert all(wire.sent.endswith(world.log.frame(len(world.log.changes))) for wire in wires)

    run_scenario(scenario)


def test_connection_counts_as_resumed_when_it_had_a_stream_and_continues():
    async def scenario(world: World) -> None:
        for cursor, is_reconnect in [(None, False), (None, True), (Cursor("e1", 1), False), (Cursor("e0", 1), True)]:
            world.open_stream(cursor, is_reconnect)
        assert world.hub.counters.resumed == 0
        world.open_stream(Cursor("e1", 1), is_reconnect=True)
        assert world.hub.counters.resumed == 1

    run_scenario(scenario)


def test_heartbeats_reach_each_reader_once_a_turn_and_never_all_at_once():
    async def scenario(world: World) -> None:
        for _ in range(120):
            world.join(0)
        before = [len(page.wire.sent) for page in world.pages]
        world.hub.send_heartbeats()
        assert sum(len(page.wire.sent) > was for page, was in zip(world.pages, before, strict=True)) == 2
        for _ in range(WHEEL_SLOTS - 1):
            world.hub.send_heartbeats()
        assert all(page.wire.sent.count(b"event: beat") == 1 for page in world.pages)

    run_scenario(scenario)


def test_old_connections_end_one_after_another():
    async def scenario(world: World) -> None:
        for _ in range(60):
            world.join(0)
        left = []
        for _ in range(lifetime_ticks(WHEEL_SLOTS) + WHEEL_SLOTS):
            world.hub.send_heartbeats()
            left.append(world.hub.reader_count)
        assert left[-1] == 0 and left[lifetime_ticks(0) - WHEEL_SLOTS] == 60
        assert all(b"event: bye" in page.wire.sent for page in world.pages)
        assert max(was - now for was, now in pairwise(left)) <= 2

    run_scenario(scenario)


def test_connection_is_dropped_when_it_is_blocked_for_a_minute():
    async def scenario(world: World) -> None:
        world.join(0)
        world.pages[0].wire.is_stalled = True
        world.change("publish", 1)
        await world.poll()
        for _ in range(hubs.MAX_BLOCKED_TICKS + WHEEL_SLOTS + 1):
            world.hub.send_heartbeats()
        assert world.pages[0].wire.is_closed and world.hub.reader_count == 0

    run_scenario(scenario)
