"""What streams rely on in uvicorn and uvloop: a release that changes it fails here, before it reaches readers."""

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
def test_uvicorn_protocol_has_the_extended_methods(name):
    assert callable(getattr(HttpToolsProtocol, name))


def test_uvicorn_protocol_keeps_its_state_in_removable_attributes():
    from stoppress.service.processes.server import create_web_server

    config = create_web_server("127.0.0.1", 0, []).config
    config.load()
    loop = uvloop.new_event_loop()
    protocol = HttpToolsProtocol(config, ServerState(), {}, loop)
    loop.close()
    assert not [name for name in STATE if name not in vars(protocol)]


def test_uvicorn_server_has_the_extended_methods():
    assert all(asyncio.iscoroutinefunction(getattr(Server, name)) for name in ("startup", "shutdown"))


class RecordingProtocol(asyncio.Protocol):
    """The server's side of a connection; the client may not read."""

    def __init__(self) -> None:
        self.resumed = self.paused = 0
        self.transport: Any = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def pause_writing(self) -> None:
        self.paused += 1

    def resume_writing(self) -> None:
        self.resumed += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


Play = Callable[[RecordingProtocol, socket.socket], Coroutine[Any, Any, None]]


def with_connection(play: Play, given: RecordingProtocol | None = None) -> None:
    """Run `play` with the two ends of a connection whose buffers are small."""

    async def run() -> None:
        server = given or RecordingProtocol()
        listener = await asyncio.get_running_loop().create_server(lambda: server, "127.0.0.1", 0)
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.sockets[0].getsockname())
        client.setblocking(False)
        await asyncio.sleep(0.05)
        server.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        await play(server, client)
        client.close()
        listener.close()

    uvloop.run(run())


async def read(client: socket.socket, size: int) -> bytes:
    data = b""
    for _ in range(500):
        try:
            data += client.recv(65536)
        except BlockingIOError:
            await asyncio.sleep(0.01)
        if len(data) >= size:
            break
    await asyncio.sleep(0.05)
    return data


def test_write_reaches_the_kernel_before_it_returns_when_the_buffer_limit_is_zero():
    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        server.transport.set_write_buffer_limits(high=0)
        server.transport.write(b"x" * 100)
        assert (server.paused, server.transport.get_write_buffer_size()) == (0, 0)
        assert client.recv(200) == b"x" * 100

    with_connection(play)


def test_pause_writing_is_called_during_the_write_when_the_kernel_does_not_take_everything():
    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        server.transport.set_write_buffer_limits(high=0)
        server.transport.write(b"x" * 60_000)
        assert server.paused == 1 and 0 < server.transport.get_write_buffer_size() < 60_000

    with_connection(play)


def test_later_bytes_keep_their_order_and_resume_writing_is_called_once_when_drained():
    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        server.transport.set_write_buffer_limits(high=0)
        server.transport.write(b"a" * 60_000)
        server.transport.write(b"b" * 100)
        assert server.paused == 1
        data = await read(client, 60_100)
        assert data == b"a" * 60_000 + b"b" * 100
        assert (server.resumed, server.transport.get_write_buffer_size()) == (1, 0)
        server.transport.write(b"x" * 60_000)
        assert server.paused == 2 and await read(client, 60_000) == b"x" * 60_000
        assert server.resumed == 2

    with_connection(play)


def test_pause_writing_is_called_when_the_limit_is_set_while_bytes_are_unsent():
    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        server.transport.write(b"x" * 60_000)
        server.transport.set_write_buffer_limits(high=0)
        assert server.paused == 1
        assert await read(client, 60_000) == b"x" * 60_000
        assert server.resumed == 1

    with_connection(play)


def test_write_does_not_raise_when_the_connection_was_reset():
    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        server.transport.set_write_buffer_limits(high=0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        for _ in range(3):
            server.transport.write(b"x" * 100)
        assert not server.is_lost
        await asyncio.sleep(0.05)
        assert server.is_lost

    with_connection(play)


def test_abort_discards_unsent_bytes_and_closes():
    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        server.transport.write(b"x" * 60_000)
        await asyncio.sleep(0)
        server.transport.abort()
        await asyncio.sleep(0.05)
        assert server.is_lost

    with_connection(play)


@pytest.mark.parametrize("how", ["closed by the client", "reset", "closed", "aborted"])
def test_descriptor_is_open_until_connection_lost_is_called(how):
    class InspectingProtocol(RecordingProtocol):
        descriptor, inode = -1, 0

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self.inode = os.fstat(self.descriptor).st_ino

    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        assert isinstance(server, InspectingProtocol)
        server.descriptor = server.transport.get_extra_info("socket").fileno()
        before = os.fstat(server.descriptor).st_ino
        if how == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if how in ("reset", "closed by the client"):
            client.close()
        elif how == "closed":
            server.transport.close()
        else:
            server.transport.abort()
        await asyncio.sleep(0.05)
        assert server.inode == before

    with_connection(play, InspectingProtocol())


def test_bytes_sent_past_an_empty_transport_keep_their_order():
    async def play(server: RecordingProtocol, client: socket.socket) -> None:
        server.transport.set_write_buffer_limits(high=0)
        descriptor = server.transport.get_extra_info("socket").fileno()
        server.transport.write(b"a" * 100)
        (count,) = send_all([descriptor], b"b" * 60_000)
        assert 0 < count < 60_000 and server.paused == 0
        server.transport.write(b"b" * (60_000 - count))
        assert server.paused == 1
        assert await read(client, 60_100) == b"a" * 100 + b"b" * 60_000
        assert send_all([descriptor], b"c" * 100) == [100] and server.resumed == 1
        assert await read(client, 100) == b"c" * 100

    with_connection(play)
