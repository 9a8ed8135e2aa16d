"""Bounces with real processes: suppression of the next alert, a kill before the commit, LMTP and IMAP."""

import os
import re
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.fakes.imap_server import PASSWORD, USER, FakeImapServer
from tests.fakes.smtp_server import SMTPServer
from tests.support.installation import Installation
from tests.support.web_server import free_port, wait_until

SEND = """
from datetime import UTC, datetime
from uuid import UUID
from stoppress.alerts.actions import SendRequest, breaking_topic, send_alert
from stoppress.subscribers.models import Subscriber, Subscription
from stoppress.coverage import actions
from stoppress.coverage.post_content import Content
from stoppress.coverage.models import LiveBlog
number, now, topic = NUMBER, datetime.now(UTC), breaking_topic()
if number == 1:
    for name in ("ada@mail.example", "gone@mail.example"):
        facts = {"requested_at": now, "confirmed_at": now}
        reader = Subscriber.objects.create(email=name, key=name, domain="mail.example", **facts)
        Subscription.objects.create(topic=topic, subscriber=reader, **facts)
    actions.open_blog(slug="storm-maren", headline="Storm Maren", zone="Europe/London", by="ines", now=now)
post = actions.publish("storm-maren", Content(headline=f"Alert {number}"), by="ines", now=now)
request = SendRequest("storm-maren", post.pk, UUID(int=number), urgency="flash", subject=f"Alert {number}",
                      summary="Leave now.")
send_alert(request, by="ines", now=now)
"""
PRINT_BOUNCES = """
from uuid import UUID
from stoppress.delivery.models import Alert
from stoppress.inbound.models import Bounce
from stoppress.subscribers.models import Suppression
from stoppress.inbound.bounce_statistics import summarise_bounces
summary = summarise_bounces(Alert.objects.get(pk=UUID(int=1)))
print(summary.bounced, summary.dead, summary.complaints, Bounce.objects.count(), Suppression.objects.count())
"""
BOUNCE = """\
From: MAILER-DAEMON@mx.mail.example
To: {delivered_to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{message_id}@mx.mail.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_mx"

--=_mx
Content-Type: text/plain

I am sorry to have to inform you that your message could not be delivered.

--=_mx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: Recipient address rejected: User unknown

--=_mx--
"""


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


@pytest.fixture
def installation(tmp_path: Path, relay: SMTPServer) -> Iterator[Installation]:
    installation = Installation(tmp_path / "home", f"smtp://127.0.0.1:{relay.port}")
    installation.bounces = free_port()  # type: ignore[attr-defined]
    address = f"smtp://127.0.0.1:{installation.bounces}"  # type: ignore[attr-defined]
    installation.environment["STOPPRESS_BOUNCE_LISTEN_ADDRESSES"] = address
    yield installation
    if installation._process is not None and installation._process.poll() is None:
        installation.kill()


def build_bounce(received, message_id="1") -> str:  # type: ignore[no-untyped-def]
    """Build the bounce of a server for a message that it accepted first."""
    bounce = BOUNCE.format(delivered_to=received.sender, recipient=received.recipient, message_id=message_id)
    return bounce.replace("\n", "\r\n")


def is_listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
            return client.recv(4) == b"220 "
    except OSError:
        return False


def count_threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def read_rest(connection: socket.socket) -> bytes:
    """Return what the server sends before the connection ends."""
    try:
        return connection.recv(1000)
    except ConnectionResetError:
        return b""


def messages_to(relay: SMTPServer, recipient: str):  # type: ignore[no-untyped-def]
    return [received for received in relay.accepted if received.recipient == recipient]


def send_first_alert(installation: Installation, relay: SMTPServer):  # type: ignore[no-untyped-def]
    """Send one alert to two subscribers; return the message to the one whose address is dead."""
    installation.start()
    installation.python(SEND.replace("NUMBER", "1"))
    wait_until(lambda: len(relay.accepted) == 2, 30)
    wait_until(lambda: is_listening(installation.bounces), 30)  # type: ignore[attr-defined]
    return messages_to(relay, "gone@mail.example")[0]


def test_bounced_address_gets_no_second_alert(installation, relay):
    gone = send_first_alert(installation, relay)
    with smtplib.SMTP("127.0.0.1", installation.bounces) as server:
        server.sendmail("", [gone.sender], build_bounce(gone))
    assert installation.python(PRINT_BOUNCES) == "1 1 0 1 1"

    installation.python(SEND.replace("NUMBER", "2"))
    wait_until(lambda: len(messages_to(relay, "ada@mail.example")) == 2, 30)
    assert len(messages_to(relay, "gone@mail.example")) == 1
    assert "gone@" not in installation.log.read_text() and gone.sender not in installation.log.read_text()
    assert installation.stop() == 0
    wait_until(lambda: not installation.pids_of_role("bounces"))


def test_listener_sends_no_reply_when_killed_before_commit(installation, relay):
    gone = send_first_alert(installation, relay)
    [role] = installation.pids_of_role("bounces")
    idle = count_threads(role)
    server = smtplib.SMTP("127.0.0.1", installation.bounces, timeout=30)
    server.ehlo()
    server.mail("")
    server.rcpt(gone.sender)
    assert server.docmd("DATA")[0] == 354
    with closing(sqlite3.connect(installation.home / "stoppress.sqlite3", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")  # no other process can write until the rollback
        server.send(build_bounce(gone) + ".\r\n")
        wait_until(lambda: count_threads(role) > idle)  # the message is complete and is being recorded
        os.kill(role, signal.SIGKILL)
        assert read_rest(server.sock) == b""
        database.execute("ROLLBACK")
    server.close()
    assert installation.python(PRINT_BOUNCES) == "0 0 0 0 0"

    wait_until(lambda: is_listening(installation.bounces), 30)
    with smtplib.SMTP("127.0.0.1", installation.bounces) as client:
        client.sendmail("", [gone.sender], build_bounce(gone))
        client.sendmail("", [gone.sender], build_bounce(gone))
    assert installation.python(PRINT_BOUNCES) == "1 1 0 1 1"


def test_bounces_role_runs_alone_and_stops_with_its_parent(installation, relay, tmp_path):
    gone = send_first_alert(installation, relay)
    ada = messages_to(relay, "ada@mail.example")[0]
    path = tmp_path / "b.sock"
    with FakeImapServer(tls=False) as mailbox:
        bounce = build_bounce(ada, "2").replace("5.1.1", "5.2.2").replace("User unknown", "mailbox full")
        mailbox.deliver(bounce.encode())
        environment = installation.environment | {
            "STOPPRESS_BOUNCE_LISTEN_ADDRESSES": f"lmtp://{path}",
            "STOPPRESS_IMAP_URL": f"imap://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{mailbox.port}/INBOX",
        }
        command = [sys.executable, "-m", "stoppress", "serve", "--roles", "bounces"]
        with subprocess.Popen(command, env=environment, cwd=tmp_path, stdin=subprocess.PIPE) as role:
            wait_until(lambda: all(message.flags for message in mailbox.folders["INBOX"].values()), 30)
            with smtplib.LMTP(str(path)) as server:
                server.sendmail("", [gone.sender], build_bounce(gone))
            assert role.stdin
            role.stdin.close()
            assert role.wait(20) == 0
    assert installation.python(PRINT_BOUNCES) == "2 1 0 2 1" and not path.exists()


def test_bounces_role_fails_with_message_when_misconfigured(installation):
    installation.run("migrate")
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", installation.bounces))
        occupied.listen()
        code, output = installation.fail("serve", "--roles", "bounces")
        assert code == 2 and re.search("the bounces role cannot start.*in use", output)
    del installation.environment["STOPPRESS_BOUNCE_LISTEN_ADDRESSES"]
    code, output = installation.fail("serve", "--roles", "bounces")
    assert code == 2 and "STOPPRESS_BOUNCE_LISTEN_ADDRESSES" in output
    installation.environment["STOPPRESS_BOUNCE_LISTEN_ADDRESSES"] = "smtp://here"
    code, output = installation.fail("serve", "--roles", "bounces")
    assert code == 2 and "bounce_listen_addresses" in output
