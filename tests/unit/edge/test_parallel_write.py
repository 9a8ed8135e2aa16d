"""Several threads send one change: they share the work, end when told to, and a failure is nobody's end."""

import os
import threading
import time
from collections.abc import Sequence

import pytest

from stoppress.edge.fanout import parallel_write
from stoppress.edge.fanout.cpu_affinity import MODEST
from stoppress.edge.fanout.parallel_write import MAX_THREADS, ParallelWriter, default_thread_count
from stoppress.edge.fanout.socket_write import UNKNOWN_COUNT
from tests.support.memory_search import SplitText, find_holders

PART, PARTS = 10, 8


class Slow:
    """In place of a batch: sends to nobody, which takes time; knows who sent."""

    made = 0
    most = 99
    senders: list[str]
    ended: list[str]

    def __init__(self, size: int) -> None:
        type(self).made += 1
        if self.made > self.most:
            raise OSError("no room")

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        self.senders.append(threading.current_thread().name)
        time.sleep(0.02)
        return list(descriptors)

    def close(self) -> None:
        self.ended.append(threading.current_thread().name)


@pytest.fixture
def slow(monkeypatch) -> type[Slow]:
    monkeypatch.setattr(parallel_write, "BatchWriter", Slow)
    for name, value in {"senders": [], "ended": [], "made": 0}.items():
        monkeypatch.setattr(Slow, name, value, raising=False)
    return Slow


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fan-out"]


def test_the_caller_and_its_helpers_share_the_parts_which_come_back_in_order(slow):
    send = ParallelWriter(3, PART)
    everybody = range(PARTS * PART - 5)
    assert send(everybody, b"news") == list(everybody)
    assert len(slow.senders) == PARTS and {threading.current_thread().name, "fan-out"} == set(slow.senders)
    send.close()


def test_one_part_is_the_callers_alone(slow):
    send = ParallelWriter(3, PART)
    assert send(range(PART), b"news") == list(range(PART))
    assert slow.senders == [threading.current_thread().name]
    send.close()


def test_helpers_end_when_told_to_and_who_calls_then_sends_alone(slow):
    before = len(helpers())
    send = ParallelWriter(3, PART)
    assert len(helpers()) == before + 2
    send.close()
    assert len(helpers()) == before and sorted(slow.ended) == sorted(["fan-out", "fan-out", "MainThread"])
    assert send(range(30), b"news") == list(range(30))
    assert set(slow.senders) == {threading.current_thread().name}


@pytest.mark.parametrize("failure", [OSError("no memory"), MemoryError(), KeyboardInterrupt()])
def test_of_a_part_that_fails_nobody_can_tell_and_the_others_go_on(slow, monkeypatch, failure):
    """Also if it is the helper's end."""

    def fails(batch: Slow, descriptors: Sequence[int], data: bytes) -> list[int]:
        time.sleep(0.02)
        if threading.current_thread().name == "fan-out":
            raise failure
        return list(descriptors)

    monkeypatch.setattr(Slow, "send_all", fails)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    send = ParallelWriter(2, PART)
    taken = send(range(PARTS * PART), b"news")
    assert set(taken) - {UNKNOWN_COUNT} < set(range(PARTS * PART)) and taken.count(UNKNOWN_COUNT) in range(PART, PARTS * PART, PART)
    send.close()


def test_who_gets_less_help_than_asked_for_does_with_what_there_is(slow, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(Slow, "most", 2)
    send = ParallelWriter(4, PART)
    assert len(send._helpers) == 1 and "written to by 2 of 4 threads (no room)" in caplog.text
    assert send(range(50), b"news") == list(range(50))
    send.close()


def test_who_may_start_no_thread_sends_alone(slow, monkeypatch, caplog):
    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    caplog.set_level("INFO")
    monkeypatch.setattr(threading.Thread, "start", refused)
    send = ParallelWriter(4, PART)
    assert "1 of 4 threads (can't start new thread)" in caplog.text and len(slow.ended) == 1
    assert send(range(50), b"news") == list(range(50))
    send.close()


def test_nothing_of_what_was_sent_is_kept(slow):
    secret, send = SplitText.random(), ParallelWriter(4, PART)
    send(range(PARTS * PART), bytes(secret))
    assert find_holders(secret) == []
    send.close()


def test_as_many_threads_as_cores_within_reason():
    before = os.sched_getaffinity(0)
    assert default_thread_count() == min(len(before), MAX_THREADS)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert default_thread_count() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_helpers_keep_off_the_callers_core_and_leave_theirs_to_others(slow):
    usual, mine = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)
    send = ParallelWriter(3, PART)
    send(range(PARTS * PART), b"news")
    for helper in helpers():
        allowed = os.sched_getaffinity(helper.native_id)
        assert len(allowed) == max(len(mine) - 1, 1) and allowed <= mine
        assert os.getpriority(os.PRIO_PROCESS, helper.native_id) == min(usual + MODEST, 19)
    assert (os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)) == (usual, mine)
    send.close()


def test_with_one_core_only_helpers_stay_where_they_are(slow):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        send = ParallelWriter(2, PART)
        assert send(range(PARTS * PART), b"news") == list(range(PARTS * PART))
        assert os.sched_getaffinity(helpers()[0].native_id) == {min(before)}
        send.close()
    finally:
        os.sched_setaffinity(0, before)


def test_a_helper_that_has_ended_is_let_alone(slow):
    """Its number may be another thread's by now."""
    send, moved = ParallelWriter(2, PART), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_setaffinity", lambda thread, cores: moved.append(thread))
        patch.setattr(send._helpers[0], "is_alive", lambda: False)
        send(range(PARTS * PART), b"news")
    assert moved == []
    send.close()
