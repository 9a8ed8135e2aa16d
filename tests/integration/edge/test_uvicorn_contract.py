"""What the stream relies on in uvicorn and uvloop: a new release that changes it fails here, and not at readers."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import Server, ServerState

from stoppress.edge.fanout.socket_write import send_all

MEMBERS = ["data_received", "on_headers_complete", "on_body", "on_message_complete", "_unset_keepalive_if_required"]
STATE = [
    *("transport", "connections", "parser", "headers", "cycle", "pipeline", "flow", "client", "access_log"),
    *("server", "server_state"),
]


@pytest.mark.parametrize("name", MEMBERS)
def test_the_protocol_has_the_methods_that_are_extended(name):
    assert callable(getattr(HttpToolsProtocol, name))


def test_the_protocol_keeps_its_state_in_attributes_that_can_be_let_go():
    from stoppress.service.processes.server import create_web_server

    config = create_web_server("127.0.0.1", 0, []).config
    config.load()
    loop = uvloop.new_event_loop()
    protocol = HttpToolsProtocol(config, ServerState(), {}, loop)
    loop.close()
    assert not [name for name in STATE if name not in vars(protocol)]


def test_the_server_has_the_methods_that_are_extended():
    assert all(asyncio.iscoroutinefunction(getattr(Server, name)) for name in ("startup", "shutdown"))


class Far(asyncio.Protocol):
    """A connection whose other end may not read."""

    def __init__(self) -> None:
        self.resumed = self.paused = 0
        self.transport: Any = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def pause_writing(self) -> None:
        self.paused += 1

    def resume_writing(self) -> None:
        self.resumed += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


def with_connection(play: Callable[[Far, socket.socket], Coroutine[Any, Any, None]], given: Far | None = None) -> None:
    async def run() -> None:
        far = given or Far()
        server = await asyncio.get_running_loop().create_server(lambda: far, "127.0.0.1", 0)
        near = socket.socket()
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        near.connect(server.sockets[0].getsockname())
        near.setblocking(False)
        await asyncio.sleep(0.05)
        far.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        await play(far, near)
        near.close()
        server.close()

    uvloop.run(run())


async def read(near: socket.socket, wanted: int) -> bytes:
    got = b""
    for _ in range(500):
        try:
            got += near.recv(65536)
        except BlockingIOError:
            await asyncio.sleep(0.01)
        if len(got) >= wanted:
            break
    await asyncio.sleep(0.05)
    return got


def test_with_a_limit_of_nothing_a_write_is_in_the_kernel_when_it_returns():
    async def play(far: Far, near: socket.socket) -> None:
        far.transport.set_write_buffer_limits(high=0)
        far.transport.write(b"x" * 100)
        assert (far.paused, far.transport.get_write_buffer_size()) == (0, 0)
        assert near.recv(200) == b"x" * 100

    with_connection(play)


def test_with_a_limit_of_nothing_what_the_kernel_does_not_take_is_told_before_the_write_returns():
    async def play(far: Far, near: socket.socket) -> None:
        far.transport.set_write_buffer_limits(high=0)
        far.transport.write(b"x" * 60_000)
        assert far.paused == 1 and 0 < far.transport.get_write_buffer_size() < 60_000

    with_connection(play)


def test_what_comes_after_bytes_that_were_not_taken_waits_for_its_turn_and_the_end_is_told_once():
    async def play(far: Far, near: socket.socket) -> None:
        far.transport.set_write_buffer_limits(high=0)
        far.transport.write(b"a" * 60_000)
        far.transport.write(b"b" * 100)
        assert far.paused == 1
        got = await read(near, 60_100)
        assert got == b"a" * 60_000 + b"b" * 100
        assert (far.resumed, far.transport.get_write_buffer_size()) == (1, 0)
        far.transport.write(b"x" * 60_000)
        assert far.paused == 2 and await read(near, 60_000) == b"x" * 60_000
        assert far.resumed == 2

    with_connection(play)


def test_a_limit_that_is_set_over_unsent_bytes_pauses_at_once():
    async def play(far: Far, near: socket.socket) -> None:
        far.transport.write(b"x" * 60_000)
        far.transport.set_write_buffer_limits(high=0)
        assert far.paused == 1
        assert await read(near, 60_000) == b"x" * 60_000
        assert far.resumed == 1

    with_connection(play)


def test_a_write_to_a_connection_that_was_reset_raises_nothing_and_is_told_as_lost():
    async def play(far: Far, near: socket.socket) -> None:
        far.transport.set_write_buffer_limits(high=0)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        near.close()
        for _ in range(3):
            far.transport.write(b"x" * 100)
        assert not far.lost
        await asyncio.sleep(0.05)
        assert far.lost

    with_connection(play)


def test_abort_forgets_what_is_unsent_and_closes():
    async def play(far: Far, near: socket.socket) -> None:
        far.transport.write(b"x" * 60_000)
        await asyncio.sleep(0)
        far.transport.abort()
        await asyncio.sleep(0.05)
        assert far.lost

    with_connection(play)


@pytest.mark.parametrize("how", ["closed by the reader", "reset", "closed", "aborted"])
def test_a_descriptor_is_open_until_the_connection_is_told_to_be_lost(how):
    class Last(Far):
        descriptor, seen = -1, 0

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self.seen = os.fstat(self.descriptor).st_ino

    async def play(far: Far, near: socket.socket) -> None:
        assert isinstance(far, Last)
        far.descriptor = far.transport.get_extra_info("socket").fileno()
        before = os.fstat(far.descriptor).st_ino
        if how == "reset":
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if how in ("reset", "closed by the reader"):
            near.close()
        elif how == "closed":
            far.transport.close()
        else:
            far.transport.abort()
        await asyncio.sleep(0.05)
        assert far.seen == before

    with_connection(play, Last())


def test_bytes_sent_beside_an_empty_transport_keep_their_place():
    async def play(far: Far, near: socket.socket) -> None:
        far.transport.set_write_buffer_limits(high=0)
        descriptor = far.transport.get_extra_info("socket").fileno()
        far.transport.write(b"a" * 100)
        (taken,) = send_all([descriptor], b"b" * 60_000)
        assert 0 < taken < 60_000 and far.paused == 0
        far.transport.write(b"b" * (60_000 - taken))
        assert far.paused == 1
        assert await read(near, 60_100) == b"a" * 100 + b"b" * 60_000
        assert send_all([descriptor], b"c" * 100) == [100] and far.resumed == 1
        assert await read(near, 100) == b"c" * 100

    with_connection(play)
