"""What comes back, with real processes: mail that goes out, bounces, and ends; a kill before the commit; LMTP; IMAP."""

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
RETURNS = """
from uuid import UUID
from stoppress.delivery.models import Alert
from stoppress.inbound.models import Bounce
from stoppress.subscribers.models import Suppression
from stoppress.inbound.bounce_statistics import summarise_bounces
found = summarise_bounces(Alert.objects.get(pk=UUID(int=1)))
print(found.bounced, found.dead, found.complaints, Bounce.objects.count(), Suppression.objects.count())
"""
BOUNCE = """\
From: MAILER-DAEMON@mx.mail.example
To: {home}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{mark}@mx.mail.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_mx"

--=_mx
Content-Type: text/plain

I am sorry to have to inform you that your message could not be delivered.

--=_mx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.example

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown

--=_mx--
"""


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


@pytest.fixture
def installation(tmp_path: Path, relay: SMTPServer) -> Iterator[Installation]:
    made = Installation(tmp_path / "home", f"smtp://127.0.0.1:{relay.port}")
    made.bounces = free_port()  # type: ignore[attr-defined]
    made.environment["STOPPRESS_BOUNCE_LISTEN_ADDRESSES"] = f"smtp://127.0.0.1:{made.bounces}"  # type: ignore[attr-defined]
    yield made
    if made._process is not None and made._process.poll() is None:
        made.kill()


def bounced(received, mark="1") -> str:  # type: ignore[no-untyped-def]
    """What the receiving server writes about a message that it had taken first."""
    return BOUNCE.format(home=received.sender, to=received.recipient, mark=mark).replace("\n", "\r\n")


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as visit:
            return visit.recv(4) == b"220 "
    except OSError:
        return False


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def last_words(connection: socket.socket) -> bytes:
    """What is still said until the other side is gone."""
    try:
        return connection.recv(1000)
    except ConnectionResetError:
        return b""


def to(relay: SMTPServer, recipient: str):  # type: ignore[no-untyped-def]
    return [received for received in relay.accepted if received.recipient == recipient]


def first_alert(installation: Installation, relay: SMTPServer):  # type: ignore[no-untyped-def]
    """Send one alert to two readers; the copy to the one who is gone."""
    installation.start()
    installation.python(SEND.replace("NUMBER", "1"))
    wait_until(lambda: len(relay.accepted) == 2, 30)
    wait_until(lambda: answers(installation.bounces), 30)  # type: ignore[attr-defined]
    return to(relay, "gone@mail.example")[0]


def test_an_address_that_bounced_gets_no_second_alert(installation, relay):
    gone = first_alert(installation, relay)
    with smtplib.SMTP("127.0.0.1", installation.bounces) as server:
        server.sendmail("", [gone.sender], bounced(gone))
    assert installation.python(RETURNS) == "1 1 0 1 1"

    installation.python(SEND.replace("NUMBER", "2"))
    wait_until(lambda: len(to(relay, "ada@mail.example")) == 2, 30)
    assert len(to(relay, "gone@mail.example")) == 1
    assert "gone@" not in installation.log.read_text() and gone.sender not in installation.log.read_text()
    assert installation.stop() == 0
    wait_until(lambda: not installation.having_role("bounces"))


def test_killed_before_the_commit_it_has_not_said_that_it_took_the_message(installation, relay):
    gone = first_alert(installation, relay)
    [role] = installation.having_role("bounces")
    idle = threads(role)
    server = smtplib.SMTP("127.0.0.1", installation.bounces, timeout=30)
    server.ehlo()
    server.mail("")
    server.rcpt(gone.sender)
    assert server.docmd("DATA")[0] == 354
    with closing(sqlite3.connect(installation.home / "stoppress.sqlite3", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")  # nobody else writes until this is over
        server.send(bounced(gone) + ".\r\n")
        wait_until(lambda: threads(role) > idle)  # the message is whole, and is being written down
        os.kill(role, signal.SIGKILL)
        assert last_words(server.sock) == b""
        database.execute("ROLLBACK")
    server.close()
    assert installation.python(RETURNS) == "0 0 0 0 0"

    wait_until(lambda: answers(installation.bounces), 30)
    with smtplib.SMTP("127.0.0.1", installation.bounces) as again:
        again.sendmail("", [gone.sender], bounced(gone))
        again.sendmail("", [gone.sender], bounced(gone))
    assert installation.python(RETURNS) == "1 1 0 1 1"


def test_the_role_runs_alone_with_lmtp_and_a_mailbox_and_ends_with_its_parent(installation, relay, tmp_path):
    gone = first_alert(installation, relay)
    ada = to(relay, "ada@mail.example")[0]
    path = tmp_path / "b.sock"
    with FakeImapServer(tls=False) as mailbox:
        mailbox.deliver(bounced(ada, "2").replace("5.1.1", "5.2.2").replace("User unknown", "mailbox full").encode())
        environment = installation.environment | {
            "STOPPRESS_BOUNCE_LISTEN_ADDRESSES": f"lmtp://{path}",
            "STOPPRESS_IMAP_URL": f"imap://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{mailbox.port}/INBOX",
        }
        command = [sys.executable, "-m", "stoppress", "serve", "--roles", "bounces"]
        with subprocess.Popen(command, env=environment, cwd=tmp_path, stdin=subprocess.PIPE) as role:
            wait_until(lambda: all(kept.flags for kept in mailbox.folders["INBOX"].values()), 30)
            with smtplib.LMTP(str(path)) as server:
                server.sendmail("", [gone.sender], bounced(gone))
            assert role.stdin
            role.stdin.close()
            assert role.wait(20) == 0
    assert installation.python(RETURNS) == "2 1 0 2 1" and not path.exists()


def test_nothing_to_do_or_a_place_that_is_taken_is_said(installation):
    installation.run("migrate")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.bounces))
        taken.listen()
        code, said = installation.fail("serve", "--roles", "bounces")
        assert code == 2 and re.search("the bounces role cannot start.*in use", said)
    del installation.environment["STOPPRESS_BOUNCE_LISTEN_ADDRESSES"]
    code, said = installation.fail("serve", "--roles", "bounces")
    assert code == 2 and "STOPPRESS_BOUNCE_LISTEN_ADDRESSES" in said
    installation.environment["STOPPRESS_BOUNCE_LISTEN_ADDRESSES"] = "smtp://here"
    code, said = installation.fail("serve", "--roles", "bounces")
    assert code == 2 and "bounce_listen_addresses" in said
