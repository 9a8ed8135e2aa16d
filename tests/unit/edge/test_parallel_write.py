"""Several threads write one change: they share its batches, end when closed, and survive a failure."""

import os
import threading
import time
from collections.abc import Sequence

import pytest

from stoppress.edge.fanout import parallel_write
from stoppress.edge.fanout.parallel_write import MAX_THREADS, ParallelWriter, default_thread_count
from stoppress.edge.fanout.socket_write import UNKNOWN_COUNT
from tests.support.memory_search import SplitText, find_holders

SIZE, BATCHES = 10, 8


class SlowWriter:
    """Stands for a BatchWriter: takes its time, sends nothing, and records which thread has called it."""

    created = 0
    limit = 99
    senders: list[str]
    closers: list[str]

    def __init__(self, size: int) -> None:
        type(self).created += 1
        if self.created > self.limit:
            raise OSError("no room")

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        self.senders.append(threading.current_thread().name)
        time.sleep(0.02)
        return list(descriptors)

    def close(self) -> None:
        self.closers.append(threading.current_thread().name)


@pytest.fixture
def slow_writer(monkeypatch) -> type[SlowWriter]:
    monkeypatch.setattr(parallel_write, "BatchWriter", SlowWriter)
    for name, value in {"senders": [], "closers": [], "created": 0}.items():
        monkeypatch.setattr(SlowWriter, name, value, raising=False)
    return SlowWriter


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fan-out"]


def test_caller_and_helpers_share_the_batches_and_results_are_in_order(slow_writer):
    write = ParallelWriter(3, SIZE)
    descriptors = range(BATCHES * SIZE - 5)
    assert write(descriptors, b"news") == list(descriptors)
    assert len(slow_writer.senders) == BATCHES
    assert {threading.current_thread().name, "fan-out"} == set(slow_writer.senders)
    write.close()


def test_caller_writes_the_batches_that_a_starved_helper_has_not_begun(slow_writer, monkeypatch):
    """The machine is busy: the helper is woken, but gets no core until all is sent."""
    gets_a_core, help_caller = threading.Event(), ParallelWriter._help

    def help_late(writer: ParallelWriter, batch_writer: SlowWriter) -> None:
        gets_a_core.wait(10)
        help_caller(writer, batch_writer)

    monkeypatch.setattr(ParallelWriter, "_help", help_late)
    write = ParallelWriter(2, SIZE)
    descriptors = range(BATCHES * SIZE)
    assert write(descriptors, b"news") == list(descriptors)
    assert set(slow_writer.senders) == {threading.current_thread().name}
    gets_a_core.set()
    write.close()


def test_single_batch_is_written_by_the_caller(slow_writer):
    write = ParallelWriter(3, SIZE)
    assert write(range(SIZE), b"news") == list(range(SIZE))
    assert slow_writer.senders == [threading.current_thread().name]
    write.close()


def test_helpers_end_when_closed_and_later_calls_are_made_by_the_caller(slow_writer):
    before = len(helpers())
    write = ParallelWriter(3, SIZE)
    assert len(helpers()) == before + 2
    write.close()
    assert len(helpers()) == before and sorted(slow_writer.closers) == sorted(["fan-out", "fan-out", "MainThread"])
    assert write(range(30), b"news") == list(range(30))
    assert set(slow_writer.senders) == {threading.current_thread().name}


@pytest.mark.parametrize("failure", [OSError("no memory"), MemoryError(), KeyboardInterrupt()])
def test_counts_of_a_failed_batch_are_unknown_and_the_others_are_written(slow_writer, monkeypatch, failure):
    """Also if the failure ends the helper."""

    def fail(writer: SlowWriter, descriptors: Sequence[int], data: bytes) -> list[int]:
        time.sleep(0.02)
        if threading.current_thread().name == "fan-out":
            raise failure
        return list(descriptors)

    monkeypatch.setattr(SlowWriter, "send_all", fail)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    write = ParallelWriter(2, SIZE)
    counts = write(range(BATCHES * SIZE), b"news")
    assert set(counts) - {UNKNOWN_COUNT} < set(range(BATCHES * SIZE))
    assert counts.count(UNKNOWN_COUNT) in range(SIZE, BATCHES * SIZE, SIZE)
    write.close()


def test_writer_works_with_fewer_helpers_when_the_system_has_no_more_contexts(slow_writer, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(SlowWriter, "limit", 2)
    write = ParallelWriter(4, SIZE)
    assert len(write._helpers) == 1 and "written by 2 of 4 threads (no room)" in caplog.text
    assert write(range(50), b"news") == list(range(50))
    write.close()


def test_writer_works_alone_when_no_thread_can_be_started(slow_writer, monkeypatch, caplog):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    caplog.set_level("INFO")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    write = ParallelWriter(4, SIZE)
    assert "1 of 4 threads (can't start new thread)" in caplog.text and len(slow_writer.closers) == 1
    assert write(range(50), b"news") == list(range(50))
    write.close()


def test_written_bytes_are_not_kept(slow_writer):
    secret, write = SplitText.random(), ParallelWriter(4, SIZE)
    write(range(BATCHES * SIZE), bytes(secret))
    assert find_holders(secret) == []
    write.close()


def test_default_thread_count_is_the_number_of_cores_up_to_a_limit():
    before = os.sched_getaffinity(0)
    assert default_thread_count() == min(len(before), MAX_THREADS)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert default_thread_count() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_helpers_stay_off_the_callers_core_at_the_same_priority(slow_writer):
    usual, own = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)
    write = ParallelWriter(3, SIZE)
    write(range(BATCHES * SIZE), b"news")
    for helper in helpers():
        allowed = os.sched_getaffinity(helper.native_id)
        assert len(allowed) == max(len(own) - 1, 1) and allowed <= own
        assert os.getpriority(os.PRIO_PROCESS, helper.native_id) == usual
    assert (os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)) == (usual, own)
    write.close()


def test_helpers_share_the_core_when_there_is_only_one(slow_writer):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        write = ParallelWriter(2, SIZE)
        assert write(range(BATCHES * SIZE), b"news") == list(range(BATCHES * SIZE))
        assert os.sched_getaffinity(helpers()[0].native_id) == {min(before)}
        write.close()
    finally:
        os.sched_setaffinity(0, before)


def test_ended_helper_is_not_moved(slow_writer):
    """Its id may belong to another thread by now."""
    write, moved = ParallelWriter(2, SIZE), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_setaffinity", lambda thread, cores: moved.append(thread))
        patch.setattr(write._helpers[0], "is_alive", lambda: False)
        write(range(BATCHES * SIZE), b"news")
    assert moved == []
    write.close()
