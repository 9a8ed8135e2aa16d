"""Verify the fake SMTP server with the standard library's client, because other tests rely on it."""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.smtp_server import AcceptedMessage, SMTPServer

TLS = Path(__file__).parents[2] / "data" / "tls"
CERTIFICATE, KEY = TLS / "test-only-certificate.pem", TLS / "test-only-key.pem"
MESSAGE = "Subject: Flood\r\n\r\n.dots\r\n"


@pytest.fixture
def server() -> Iterator[SMTPServer]:
    with SMTPServer() as running:
        yield running


def send(server: SMTPServer, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        return client.sendmail("desk@news.example", recipients or ["r@example.org"], MESSAGE)


def test_server_stores_accepted_messages(server: SMTPServer) -> None:
    assert send(server) == {}
    assert server.accepted == [AcceptedMessage("desk@news.example", "r@example.org", MESSAGE.encode())]
    assert server.violations == []


def test_server_refuses_configured_recipient(server: SMTPServer) -> None:
    server.refuse_recipient("gone@example.org", 551)
    assert send(server, "gone@example.org", "r@example.org")["gone@example.org"][0] == 551
    assert [message.recipient for message in server.accepted] == ["r@example.org"]


def test_server_defers_first_and_refuses_every_third_recipient(server: SMTPServer) -> None:
    server.defer_first(1)
    server.refuse_every(3)
    refused = send(server, *(f"r{n}@example.org" for n in range(1, 7)))
    assert {address: code for address, (code, _) in refused.items()} == {
        "r1@example.org": 451,
        "r3@example.org": 550,
        "r6@example.org": 550,
    }


@pytest.mark.parametrize(("method", "count"), [("drop_after_dot", 1), ("drop_before_dot", 0)])
def test_server_drops_connection_before_or_after_the_final_dot(server: SMTPServer, method: str, count: int) -> None:
    getattr(server, method)()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(server)
    assert len(server.accepted) == count


def test_server_is_silent_after_the_final_dot(server: SMTPServer) -> None:
    server.hang_after_dot()
    with smtplib.SMTP("127.0.0.1", server.port, timeout=0.2) as client, pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("", ["r@example.org"], MESSAGE)
    assert len(server.accepted) == 1


def test_server_greets_with_configured_code(server: SMTPServer) -> None:
    server.greet_with(554)
    with pytest.raises(smtplib.SMTPConnectError):
        send(server)


def test_server_requires_login(server: SMTPServer) -> None:
    server.require_login("desk", "secret")
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(server)
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("desk", "wrong")
        client.login("desk", "secret")
        client.sendmail("", ["r@example.org"], MESSAGE)


@pytest.mark.parametrize("implicit", [True, False])
def test_server_uses_tls(implicit: bool) -> None:
    server, trusting = SMTPServer(), ssl.create_default_context(cafile=CERTIFICATE)
    (server.speak_tls if implicit else server.offer_starttls)(CERTIFICATE, KEY)
    with server:
        if implicit:
            client = smtplib.SMTP_SSL("127.0.0.1", server.port, timeout=10, context=trusting)
        else:
            client = smtplib.SMTP("127.0.0.1", server.port, timeout=10)
            client.starttls(context=trusting)
        with client:
            client.sendmail("", ["r@example.org"], MESSAGE)
    assert len(server.accepted) == 1


def test_server_omits_extensions_and_sends_invalid_replies(server: SMTPServer) -> None:
    server.omit_extensions("PIPELINING", "SIZE")
    server.reply_with_garbage_to("RCPT")
    with contextlib.closing(smtplib.SMTP("127.0.0.1", server.port, timeout=10)) as client:
        client.ehlo()
        assert set(client.esmtp_features) == {"8bitmime", "smtputf8", "enhancedstatuscodes"}
        client.mail("a@example.org")
        assert client.rcpt("r@example.org")[0] == -1


def test_server_records_commands_sent_too_early(server: SMTPServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"EHLO me\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nQUIT\r\n")
        while client.recv(4096):
            pass
    assert server.violations == ["did not wait for the reply to EHLO", "nested MAIL"]


def test_server_accepts_chunks_and_keeps_an_open_transaction(server: SMTPServer) -> None:
    server.offer_chunking()
    server.refuse_recipient("gone@example.org")
    commands = b"EHLO me\r\n|MAIL FROM:<a@b>\r\nRCPT TO:<gone@example.org>\r\nBDAT 4 LAST\r\na\r\nbMAIL FROM:<>\r\n"
    commands += b"RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<r@example.org>\r\nBDAT 4 LAST\r\n.\r\ncQUIT\r\n"
    codes = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        for part in commands.split(b"|"):
            client.sendall(part)
        while data := client.recv(4096):
            codes += data
    assert server.accepted == [AcceptedMessage("a@b", "r@example.org", b".\r\nc")]
    assert b"503 5.5.1 no valid recipients\r\n503 5.5.1 one at a time\r\n250 2.0.0 forgotten" in codes


def test_server_loses_pipelined_commands(server: SMTPServer) -> None:
    server.break_pipelining()
    server.split_replies(1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n")
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
    assert server.commands == ["MAIL FROM:<a@b>"]


@pytest.mark.parametrize(("method", "verb"), [("hang_at", "RCPT"), ("drop_at", "MAIL")])
def test_server_stops_at_configured_command(server: SMTPServer, method: str, verb: str) -> None:
    getattr(server, method)(verb)
    client = smtplib.SMTP("127.0.0.1", server.port, timeout=0.2)
    with contextlib.closing(client), pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("a@b", ["r@example.org"], MESSAGE)
    assert server.commands[-1].upper().startswith(verb)
