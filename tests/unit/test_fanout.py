"""Several threads send one change: they share the work, end when told to, and a failure is nobody's end."""

import os
import threading
import time
from collections.abc import Sequence

import pytest

from stoppress.edge import fanout
from stoppress.edge.aio import Batch
from stoppress.edge.fanout import MOST_THREADS, FanOut, threads_here

PARTS = 8


class Slow(Batch):
    """Sends to nobody, which takes time; knows who sent."""

    senders: list[str]

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        self.senders.append(threading.current_thread().name)
        time.sleep(0.02)
        return list(descriptors)


@pytest.fixture
def slow(monkeypatch) -> type[Slow]:
    monkeypatch.setattr(fanout, "PART", 10)
    monkeypatch.setattr(fanout, "Batch", Slow)
    monkeypatch.setattr(Slow, "senders", [], raising=False)
    return Slow


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fan-out"]


def test_the_caller_and_its_helpers_share_the_parts_which_come_back_in_order(slow):
    send = FanOut(3)
    assert send(range(PARTS * 10 - 5), b"news") == list(range(PARTS * 10 - 5))
    assert len(slow.senders) == PARTS and {threading.current_thread().name, "fan-out"} == set(slow.senders)
    send.close()


def test_one_part_is_the_callers_alone(slow):
    send = FanOut(3)
    assert send(range(10), b"news") == list(range(10))
    assert slow.senders == [threading.current_thread().name]
    send.close()


def test_helpers_end_when_told_to_and_who_calls_then_sends_alone(slow):
    before = len(helpers())
    send = FanOut(3)
    assert len(helpers()) == before + 2
    send.close()
    assert len(helpers()) == before
    assert send(range(30), b"news") == list(range(30))
    assert set(slow.senders) == {threading.current_thread().name}


def test_a_part_that_fails_was_taken_by_nobody_and_the_others_go_on(slow, monkeypatch):
    def fails(batch: Batch, descriptors: Sequence[int], data: bytes) -> list[int]:
        if descriptors[0] == 10:
            raise OSError("no memory")
        return list(descriptors)

    monkeypatch.setattr(Slow, "send_all", fails)
    send = FanOut(2)
    assert send(range(30), b"news") == [*range(10), *[-1] * 10, *range(20, 30)]
    assert send(range(20, 60), b"news") == list(range(20, 60))
    send.close()


def test_as_many_threads_as_cores_within_reason():
    assert threads_here() == min(len(os.sched_getaffinity(0)), MOST_THREADS)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert threads_here() == 1
    finally:
        os.sched_setaffinity(0, before)
