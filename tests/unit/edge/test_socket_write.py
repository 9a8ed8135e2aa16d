"""The same bytes to many sockets, by each way of writing: counts are per socket, and a busy thread does no harm."""

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
FIRST_UNUSED_FD = 900
"""The descriptors of these tests are lower."""
SEND_BUFFER_BYTES = 20_000


@pytest.fixture(params=["single calls", "one call", "one thread", "three threads", "no io_submit"])
def send(request, monkeypatch) -> Iterator[SendAll]:
    with ExitStack() as stack:
        yield writer_of(request.param, monkeypatch, stack)


def writer_of(name: str, monkeypatch: pytest.MonkeyPatch, stack: ExitStack, sockets_per_call: int = 3) -> SendAll:
    """Return one way of writing. Where the system has no io_submit, each of them makes single calls."""
    if name == "single calls":
        return send_all
    if name == "no io_submit":
        monkeypatch.setattr(io_submit, "SYSCALL_NUMBERS", {})
    if name == "one call":
        with suppress(OSError):
            return stack.enter_context(closing(BatchWriter(2000))).send_all
    return stack.enter_context(closing(ParallelWriter(3 if name == "three threads" else 1, sockets_per_call)))


class SocketPairs:
    """Pairs of sockets; the tests write to the near ones."""

    def __init__(self) -> None:
        self.pairs: list[tuple[socket.socket, socket.socket]] = []

    def __enter__(self) -> "SocketPairs":
        return self

    def __exit__(self, *failure: object) -> None:
        for near, far in self.pairs:
            near.close()
            far.close()

    def descriptor(self, kind: str) -> int:
        """Return the descriptor of a new socket that is open, full, broken or closed; INVALID_FD for `invalid`."""
        if kind == "invalid":
            return INVALID_FD
        near, far = socket.socketpair()
        near.setblocking(False)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self.pairs.append((near, far))
        if kind == "broken":
            far.close()
        while kind == "full" and send_all([near.fileno()], b"x" * 1000) == [1000]:
            pass
        if kind == "closed":
            number = fcntl.fcntl(near, fcntl.F_DUPFD, FIRST_UNUSED_FD)
            os.close(number)
            return number
        return near.fileno()

    def far(self, number: int) -> socket.socket:
        """Return the other end of a pair."""
        return self.pairs[number][1]


def test_each_open_socket_gets_the_bytes_and_the_others_count_as_minus_one(send):
    with SocketPairs() as sockets:
        kinds = ["open", "full", "broken", "invalid", "closed", "open"]
        targets = [sockets.descriptor(kind) for kind in kinds]
        assert send(targets, b"news\0more\n") == [10, -1, -1, -1, -1, 10]
        assert [sockets.far(number).recv(100) for number in (0, -1)] == [b"news\0more\n"] * 2


def test_count_is_the_bytes_taken_when_a_socket_takes_a_part(send):
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    near.setblocking(False)
    (count,) = send([near.fileno()], b"x" * 50_000_000)
    assert 0 < count < 50_000_000
    for one in (near, far, listener):
        one.close()


def test_result_is_empty_when_there_are_no_sockets(send):
    assert send([], b"news") == []


def test_each_of_many_sockets_gets_the_bytes_of_all_calls_in_order(send):
    with SocketPairs() as sockets:
        targets = [sockets.descriptor("open") for _ in range(MANY)]
        for number in range(20):
            assert send(targets, b"%02d," % number) == [3] * MANY
        expected = b"".join(b"%02d," % number for number in range(20))
        assert {far.recv(1000) for _, far in sockets.pairs} == {expected}


@settings(max_examples=40, deadline=None)
@given(kinds=st.lists(st.sampled_from(["open", "full", "broken", "invalid", "closed"]), max_size=40))
def test_several_threads_return_the_same_counts_as_single_calls(kinds):
    with SocketPairs() as sockets, pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        write = writer_of("three threads", patch, stack)
        targets = [sockets.descriptor(kind) for kind in kinds]
        assert write(targets, b"news") == [4 if kind == "open" else -1 for kind in kinds] == send_all(targets, b"news")


@pytest.mark.parametrize("name", ["single calls", "one call", "one thread", "three threads", "no io_submit"])
def test_busy_thread_does_not_get_the_interpreter_lock_between_two_sockets(name, monkeypatch):
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(1000))

    busy = threading.Thread(target=work)
    with ExitStack() as stack, SocketPairs() as sockets:
        send = writer_of(name, monkeypatch, stack, sockets_per_call=250)
        targets = [sockets.descriptor("open") for _ in range(MANY)] + [INVALID_FD] * 700
        busy.start()
        begun = time.monotonic()
        counts = send(targets, b"news")
        waited = time.monotonic() - begun
        stop.set()
        busy.join()
    assert counts == [4] * MANY + [-1] * 700
    assert waited < 0.5, "releasing the lock for each socket would cost 5 ms each"


def test_batch_writer_raises_and_makes_single_calls_when_results_are_missing(monkeypatch):
    with SocketPairs() as sockets, closing(BatchWriter(10)) as batch:
        targets = [sockets.descriptor("open") for _ in range(3)]
        getevents = batch._getevents
        batch._getevents = lambda *_: 2
        with pytest.raises(OSError, match="3 writes, but 2 results"):
            batch.send_all(targets, b"news")
        batch._getevents = getevents
        sockets.descriptor("full")
        targets[1] = sockets.pairs[-1][0].fileno()
        assert batch.send_all(targets, b"more") == [4, -1, 4]
        assert sockets.far(0).recv(100) == b"newsmore"


def test_batch_writer_is_unavailable_when_the_system_rejects_every_request(monkeypatch):
    monkeypatch.setattr(io_submit, "IOCB_CMD_PWRITE", 99)  # an unknown opcode: io_submit accepts no request
    with pytest.raises(OSError, match="does not write to sockets"):
        BatchWriter(10)


def test_kernel_contexts_are_released_when_closed():
    in_use = Path("/proc/sys/fs/aio-nr")
    before = int(in_use.read_text())
    with closing(ParallelWriter(3)):
        assert int(in_use.read_text()) >= before + 3 * SOCKETS_PER_CALL
    wait_until(lambda: int(in_use.read_text()) <= before)
