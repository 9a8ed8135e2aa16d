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
BOUNCE_ADDRESS, RECIPIENT = "bounce+1@news.example", "reader@example.org"


def relay_address(relay: SMTPServer, options: str = "", scheme: str = "smtp", login: str = "") -> RelayAddress:
    return RelayAddress.parse(f"{scheme}://{login}127.0.0.1:{relay.port}{options}")


def trusting_tls_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


async def send_to_each(where: RelayAddress, *recipients: str, message: bytes = MESSAGE, **how: object) -> list[Outcome]:
    connection = RelayConnection(where, **how)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return [await connection.send(BOUNCE_ADDRESS, recipient, message) for recipient in recipients]
    finally:
        await connection.close()


def deliver_to_relay(relay: SMTPServer, *recipients: str, message: bytes = MESSAGE, **how: object) -> list[Outcome]:
    outcomes = asyncio.run(send_to_each(relay_address(relay), *(recipients or (RECIPIENT,)), message=message, **how))
    assert relay.violations == []
    return outcomes


async def send_window(where: RelayAddress, window: list[Envelope], **how: object) -> list[Outcome]:
    connection = RelayConnection(where, **how)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return await window_outcomes(connection, window)
    finally:
        await connection.close()


async def window_outcomes(connection: RelayConnection, window: list[Envelope]) -> list[Outcome]:
    """What was heard, in the window's order; each must be heard of once."""
    heard: list[tuple[int, Outcome]] = []
    await connection.send_window(window, lambda index, outcome: heard.append((index, outcome)))
    assert sorted(index for index, _ in heard) == list(range(len(window)))
    return [outcome for _, outcome in sorted(heard, key=itemgetter(0))]


def deliver_window_to_relay(relay: SMTPServer, window: list[Envelope], **how: object) -> list[Outcome]:
    outcomes = asyncio.run(send_window(relay_address(relay), window, **how))
    assert relay.violations == []
    return outcomes


def make_window(number: int) -> list[Envelope]:
    return [Envelope(BOUNCE_ADDRESS, f"reader{n}@example.org", CLEAN) for n in range(number)]


async def send_window_twice(relay: SMTPServer, window: list[Envelope], **how: object) -> tuple[list[Outcome], list[Outcome]]:
    """The window over one connection, and again over the next."""
    connection = RelayConnection(relay_address(relay), **how)  # type: ignore[arg-type]
    await connection.connect()
    first = await window_outcomes(connection, window)
    await connection.connect()
    second = await window_outcomes(connection, window)
    await connection.close()
    return first, second


def catch_relay_fault(where: RelayAddress, **how: object) -> RelayError:
    with pytest.raises(RelayError) as caught:
        asyncio.run(send_to_each(where, **how))
    return caught.value
