"""The same bytes to many sockets, by whichever way: what is taken is told one by one, and a busy thread is no harm."""

import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.edge.fanout import io_submit
from stoppress.edge.fanout.io_submit import BatchWriter
from stoppress.edge.fanout.parallel_write import SOCKETS_PER_CALL, ParallelWriter
from stoppress.edge.fanout.socket_write import INVALID_FD, send_all
from tests.support.web_server import wait_until

SendAll = Callable[[Sequence[int], bytes], list[int]]
MANY = 300
UNUSED = 900
"""No socket here has such a number."""
BUFFER = 20_000
"""Bytes, about, that a socket here may hold."""


@pytest.fixture(params=["single calls", "one call", "one thread", "three threads", "no io_submit"])
def send(request, monkeypatch) -> Iterator[SendAll]:
    with ExitStack() as stack:
        yield way(request.param, monkeypatch, stack)


def way(name: str, monkeypatch: pytest.MonkeyPatch, stack: ExitStack, part: int = 3) -> SendAll:
    """One of the ways to send. Where this system has no io_submit, they all come down to single calls."""
    if name == "single calls":
        return send_all
    if name == "no io_submit":
        monkeypatch.setattr(io_submit, "SYSCALL_NUMBERS", {})
    if name == "one call":
        with suppress(OSError):
            return stack.enter_context(closing(BatchWriter(2000))).send_all
    return stack.enter_context(closing(ParallelWriter(3 if name == "three threads" else 1, part)))


class Sockets:
    """Pairs of sockets, of which we write to the near ones."""

    def __init__(self) -> None:
        self.pairs: list[tuple[socket.socket, socket.socket]] = []

    def __enter__(self) -> "Sockets":
        return self

    def __exit__(self, *failure: object) -> None:
        for near, far in self.pairs:
            near.close()
            far.close()

    def descriptor(self, kind: str) -> int:
        """Of one that is `open`, `full`, `broken` or `closed`, or of none at all."""
        if kind == "nowhere":
            return INVALID_FD
        near, far = socket.socketpair()
        near.setblocking(False)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self.pairs.append((near, far))
        if kind == "broken":
            far.close()
        while kind == "full" and send_all([near.fileno()], b"x" * 1000) == [1000]:
            pass
        if kind == "closed":
            number = fcntl.fcntl(near, fcntl.F_DUPFD, UNUSED)
            os.close(number)
            return number
        return near.fileno()

    def far(self, number: int) -> socket.socket:
        """The other end of one."""
        return self.pairs[number][1]


def test_each_socket_gets_the_bytes_and_those_who_cannot_take_them_are_told(send):
    with Sockets() as sockets:
        kinds = ["open", "full", "broken", "nowhere", "closed", "open"]
        into = [sockets.descriptor(kind) for kind in kinds]
        assert send(into, b"news\0more\n") == [10, -1, -1, -1, -1, 10]
        assert [sockets.far(number).recv(100) for number in (0, -1)] == [b"news\0more\n"] * 2


def test_what_is_taken_in_part_is_told_in_bytes(send):
    listening = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listening.getsockname())
    far, _ = listening.accept()
    near.setblocking(False)
    (taken,) = send([near.fileno()], b"x" * 50_000_000)
    assert 0 < taken < 50_000_000
    for one in (near, far, listening):
        one.close()


def test_nobody_is_sent_to_at_no_cost(send):
    assert send([], b"news") == []


def test_every_one_of_many_gets_its_bytes_in_order_volley_after_volley(send):
    with Sockets() as sockets:
        into = [sockets.descriptor("open") for _ in range(MANY)]
        for number in range(20):
            assert send(into, b"%02d," % number) == [3] * MANY
        wanted = b"".join(b"%02d," % number for number in range(20))
        assert {far.recv(1000) for _, far in sockets.pairs} == {wanted}


@settings(max_examples=40, deadline=None)
@given(kinds=st.lists(st.sampled_from(["open", "full", "broken", "nowhere", "closed"]), max_size=40))
def test_several_threads_say_what_single_calls_would(kinds):
    with Sockets() as sockets, pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        several = way("three threads", patch, stack)
        into = [sockets.descriptor(kind) for kind in kinds]
        assert several(into, b"news") == [4 if kind == "open" else -1 for kind in kinds] == send_all(into, b"news")


@pytest.mark.parametrize("name", ["single calls", "one call", "one thread", "three threads", "no io_submit"])
def test_a_busy_thread_does_not_get_the_lock_between_two_sockets(name, monkeypatch):
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(1000))

    busy = threading.Thread(target=work)
    with ExitStack() as stack, Sockets() as sockets:
        send = way(name, monkeypatch, stack, part=250)
        into = [sockets.descriptor("open") for _ in range(MANY)] + [INVALID_FD] * 700
        busy.start()
        begun = time.monotonic()
        taken = send(into, b"news")
        waited = time.monotonic() - begun
        stop.set()
        busy.join()
    assert taken == [4] * MANY + [-1] * 700
    assert waited < 0.5, "giving up the lock for each would cost 5 ms each"


def test_a_batch_whose_answers_are_lost_says_so_and_makes_single_calls_from_then_on(monkeypatch):
    with Sockets() as sockets, closing(BatchWriter(10)) as batch:
        into = [sockets.descriptor("open") for _ in range(3)]
        whole = batch._getevents
        batch._getevents = lambda *_: 2
        with pytest.raises(OSError, match="3 writes, 2 answers"):
            batch.send_all(into, b"news")
        batch._getevents = whole
        sockets.descriptor("full")
        into[1] = sockets.pairs[-1][0].fileno()
        assert batch.send_all(into, b"more") == [4, -1, 4]
        assert sockets.far(0).recv(100) == b"newsmore"


def test_a_system_that_takes_orders_and_refuses_each_is_not_relied_on(monkeypatch):
    monkeypatch.setattr(io_submit, "IOCB_CMD_PWRITE", 99)  # no such deed: io_submit takes none of them
    with pytest.raises(OSError, match="does not write to sockets"):
        BatchWriter(10)


def test_what_the_system_keeps_is_given_back():
    held = Path("/proc/sys/fs/aio-nr")
    before = int(held.read_text())
    with closing(ParallelWriter(3)):
        assert int(held.read_text()) >= before + 3 * SOCKETS_PER_CALL
    wait_until(lambda: int(held.read_text()) <= before)
