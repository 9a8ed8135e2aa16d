"""The client where no socket is needed: without a connection, and the name for EHLO."""

import asyncio
import socket

import pytest

from stoppress.smtp import NotSent, RelayConnection
from stoppress.smtp.client import local_host_name
from stoppress.smtp.errors import RelayUnavailableError
from stoppress.smtp.relay_url import RelayAddress


def test_message_is_not_sent_and_the_relay_is_unavailable_when_there_is_no_connection() -> None:
    async def send() -> object:
        connection = RelayConnection(RelayAddress("mx.example", 25))
        return await connection.send("news@halden.example", "ada@mail.example", b"Subject: Flood\r\n\r\n")

    outcome = asyncio.run(send())
    assert isinstance(outcome, NotSent)
    assert type(outcome.error) is RelayUnavailableError
    assert str(outcome.error) == "there is no connection to the relay"


@pytest.mark.parametrize(
    ("host_name", "address", "expected"),
    [
        ("desk.halden.example", "192.0.2.7", "desk.halden.example"),
        ("desk", "192.0.2.7", "[192.0.2.7]"),
        ("desk.", "192.0.2.7", "[192.0.2.7]"),
        ("häfen.example", "192.0.2.7", "[192.0.2.7]"),
        ("desk", "2001:db8::7", "[IPv6:2001:db8::7]"),
        ("desk", "", "[127.0.0.1]"),
    ],
)
def test_ehlo_name_is_the_full_host_name_or_an_address_literal(
    monkeypatch: pytest.MonkeyPatch, host_name: str, address: str, expected: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host_name)
    assert local_host_name(address) == expected
