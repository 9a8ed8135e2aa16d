"""The demo's mail server with the mailer's client and the standard library's."""

import asyncio
import os
import smtplib
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stoppress.runtime.atomic_files import write_atomically
from stoppress.service.demo.loopback_smtp import MAX_MESSAGE_BYTES, LoopbackSMTP
from stoppress.smtp import Accepted, Outcome, Refused, RelayAddress, RelayConnection

MESSAGE = b"Subject: Flood\r\n\r\nThe river has risen.\r\n.\r\n.. dots\r\n"


async def deliver(port: int, *recipients: str, message: bytes = MESSAGE) -> list[Outcome]:
    connection = RelayConnection(RelayAddress("127.0.0.1", port))
    await connection.connect()
    outcomes = [await connection.send("bounce+1@news.example", recipient, message) for recipient in recipients]
    await connection.close()
    return outcomes


def inbox(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def test_stored_message_begins_with_its_envelope(tmp_path: Path) -> None:
    with LoopbackSMTP(tmp_path) as server:
        (outcome,) = asyncio.run(deliver(server.port, "reader@example.org"))
    assert outcome == Accepted(250, "stored")
    head = b"Return-Path: <bounce+1@news.example>\r\nDelivered-To: reader@example.org\r\n"
    assert inbox(tmp_path) == [head + MESSAGE]


def test_file_names_sort_by_arrival_within_one_clock_tick(tmp_path: Path) -> None:
    with LoopbackSMTP(tmp_path, now=lambda: datetime(2026, 3, 8, 19, 0, tzinfo=UTC)) as server:
        asyncio.run(deliver(server.port, *(f"reader{n}@example.org" for n in (3, 1, 2))))
    assert min(path.name for path in tmp_path.iterdir()) == f"20260308T190000.000000Z-{os.getpid()}.000001.eml"
    assert [b"reader%d@" % n in kept for n, kept in zip((3, 1, 2), inbox(tmp_path), strict=True)] == [True] * 3


def test_each_recipient_gets_a_file(tmp_path: Path) -> None:
    with LoopbackSMTP(tmp_path) as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        client.sendmail("", ["a@example.org", "b@example.org"], MESSAGE)
    assert [kept.split(b"\r\n")[:2] for kept in inbox(tmp_path)] == [
        [b"Return-Path: <>", b"Delivered-To: a@example.org"],
        [b"Return-Path: <>", b"Delivered-To: b@example.org"],
    ]


def test_international_address_is_stored_in_utf_8(tmp_path: Path) -> None:
    with LoopbackSMTP(tmp_path) as server:
        assert asyncio.run(deliver(server.port, "läsare@exämple.org")) == [Accepted(250, "stored")]
    assert "Delivered-To: läsare@xn--exmple-cua.org\r\n".encode() in inbox(tmp_path)[0]


def test_message_is_refused_when_larger_than_ten_megabytes(tmp_path: Path) -> None:
    with LoopbackSMTP(tmp_path) as server:
        (outcome,) = asyncio.run(deliver(server.port, "reader@example.org", message=b"x" * (MAX_MESSAGE_BYTES + 1)))
    assert isinstance(outcome, Refused) and outcome.code == 552
    assert inbox(tmp_path) == []


def test_message_is_not_accepted_when_it_cannot_be_stored(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    with LoopbackSMTP(folder) as server:
        folder.rmdir()
        (outcome,) = asyncio.run(deliver(server.port, "reader@example.org"))
    assert not isinstance(outcome, Accepted)


def test_demo_server_listens_on_loopback_only(tmp_path: Path) -> None:
    with LoopbackSMTP(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        assert client.recv(3) == b"220"
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", server.port), timeout=5)


def test_start_fails_when_the_port_is_taken(tmp_path: Path) -> None:
    with LoopbackSMTP(tmp_path) as server:
        with pytest.raises(OSError, match="in use"):
            LoopbackSMTP(tmp_path, server.port).start()
        port = server.port
    with LoopbackSMTP(tmp_path, port) as again:
        assert again.port == port


def test_stop_closes_an_idle_session(tmp_path: Path) -> None:
    server = LoopbackSMTP(tmp_path)
    with socket.create_connection(("127.0.0.1", server.start())) as client:
        assert client.recv(3) == b"220"
        server.stop()
        server.stop()


def test_stop_is_immediate_when_it_coincides_with_a_reply(tmp_path: Path) -> None:
    for _ in range(150):
        server = LoopbackSMTP(tmp_path)
        with socket.create_connection(("127.0.0.1", server.start())) as client:
            assert client.recv(3) == b"220"
            began = time.monotonic()
            server.stop()
            assert time.monotonic() - began < 1


def test_file_is_written_atomically(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a.eml", MESSAGE)
    assert list(tmp_path.iterdir()) == []
