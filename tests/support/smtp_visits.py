"""A scripted relay on a real socket, and visits of the client to it: what came of them."""

import asyncio
import ssl
from operator import itemgetter
from pathlib import Path

import pytest

from stoppress.smtp import Envelope, Outcome, RelayAddress, RelayConnection, RelayError
from tests.fakes.smtp_server import SMTPServer

TLS = Path(__file__).parents[1] / "data" / "tls"
CERTIFICATE, KEY = TLS / "test-only-certificate.pem", TLS / "test-only-key.pem"
MESSAGE = b"Subject: Flood\r\n\r\nThe river has risen.\r\n.. and a dot\r\n"
CLEAN = b"Subject: Flood\r\n\r\nThe river has risen.\r\n"
HUGE = b"Subject: Huge\r\n\r\n" + b"x" * 70 + b"\r\n" * 2 + (b"y" * 998 + b"\r\n") * 16_000
BOUNCES, READER = "bounce+1@news.example", "reader@example.org"


def address(relay: SMTPServer, options: str = "", scheme: str = "smtp", login: str = "") -> RelayAddress:
    return RelayAddress.parse(f"{scheme}://{login}127.0.0.1:{relay.port}{options}")


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


async def visit(where: RelayAddress, *recipients: str, message: bytes = MESSAGE, **how: object) -> list[Outcome]:
    connection = RelayConnection(where, **how)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return [await connection.send(BOUNCES, recipient, message) for recipient in recipients]
    finally:
        await connection.close()


def deliver(relay: SMTPServer, *recipients: str, message: bytes = MESSAGE, **how: object) -> list[Outcome]:
    outcomes = asyncio.run(visit(address(relay), *(recipients or (READER,)), message=message, **how))
    assert relay.violations == []
    return outcomes


async def visit_with(where: RelayAddress, window: list[Envelope], **how: object) -> list[Outcome]:
    connection = RelayConnection(where, **how)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return await outcomes_of(connection, window)
    finally:
        await connection.close()


async def outcomes_of(connection: RelayConnection, window: list[Envelope]) -> list[Outcome]:
    """What was heard, in the window's order; each must be heard of once."""
    heard: list[tuple[int, Outcome]] = []
    await connection.send_window(window, lambda index, outcome: heard.append((index, outcome)))
    assert sorted(index for index, _ in heard) == list(range(len(window)))
    return [outcome for _, outcome in sorted(heard, key=itemgetter(0))]


def deliver_window(relay: SMTPServer, window: list[Envelope], **how: object) -> list[Outcome]:
    outcomes = asyncio.run(visit_with(address(relay), window, **how))
    assert relay.violations == []
    return outcomes


def window_of(number: int) -> list[Envelope]:
    return [Envelope(BOUNCES, f"reader{n}@example.org", CLEAN) for n in range(number)]


async def twice(relay: SMTPServer, window: list[Envelope], **how: object) -> tuple[list[Outcome], list[Outcome]]:
    """The window over one connection, and again over the next."""
    connection = RelayConnection(address(relay), **how)  # type: ignore[arg-type]
    await connection.connect()
    first = await outcomes_of(connection, window)
    await connection.connect()
    second = await outcomes_of(connection, window)
    await connection.close()
    return first, second


def fault_of(where: RelayAddress, **how: object) -> RelayError:
    with pytest.raises(RelayError) as caught:
        asyncio.run(visit(where, **how))
    return caught.value
