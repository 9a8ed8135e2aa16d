"""SMTP sessions of our client with a scripted relay on a real socket, and their outcomes."""

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


async def send_to_each(
    address: RelayAddress, *recipients: str, message: bytes = MESSAGE, **options: object
) -> list[Outcome]:
    connection = RelayConnection(address, **options)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return [await connection.send(BOUNCE_ADDRESS, recipient, message) for recipient in recipients]
    finally:
        await connection.close()


def deliver_to_relay(relay: SMTPServer, *recipients: str, message: bytes = MESSAGE, **options: object) -> list[Outcome]:
    outcomes = asyncio.run(
        send_to_each(relay_address(relay), *(recipients or (RECIPIENT,)), message=message, **options)
    )
    assert relay.violations == []
    return outcomes


async def send_window(address: RelayAddress, window: list[Envelope], **options: object) -> list[Outcome]:
    connection = RelayConnection(address, **options)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return await window_outcomes(connection, window)
    finally:
        await connection.close()


async def window_outcomes(connection: RelayConnection, window: list[Envelope]) -> list[Outcome]:
    """Send a window and return its outcomes in order; assert that each is reported once."""
    reported: list[tuple[int, Outcome]] = []
    await connection.send_window(window, lambda index, outcome: reported.append((index, outcome)))
    assert sorted(index for index, _ in reported) == list(range(len(window)))
    return [outcome for _, outcome in sorted(reported, key=itemgetter(0))]


def deliver_window_to_relay(relay: SMTPServer, window: list[Envelope], **options: object) -> list[Outcome]:
    outcomes = asyncio.run(send_window(relay_address(relay), window, **options))
    assert relay.violations == []
    return outcomes


def make_window(size: int) -> list[Envelope]:
    return [Envelope(BOUNCE_ADDRESS, f"reader{n}@example.org", CLEAN) for n in range(size)]


async def send_window_twice(
    relay: SMTPServer, window: list[Envelope], **options: object
) -> tuple[list[Outcome], list[Outcome]]:
    """Send a window over one connection, and again over the next."""
    connection = RelayConnection(relay_address(relay), **options)  # type: ignore[arg-type]
    await connection.connect()
    first = await window_outcomes(connection, window)
    await connection.connect()
    second = await window_outcomes(connection, window)
    await connection.close()
    return first, second


def catch_relay_fault(address: RelayAddress, **options: object) -> RelayError:
    with pytest.raises(RelayError) as caught:
        asyncio.run(send_to_each(address, **options))
    return caught.value
