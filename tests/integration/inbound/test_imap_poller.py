"""Polling of a mailbox over IMAP: no report is lost or counted twice, personal mail stays as it is."""

from imaplib import IMAP4
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from stoppress.delivery.message.verp_addresses import bounce_address
from stoppress.inbound.models import Bounce
from stoppress.inbound.receive.imap_poller import MailboxError, poll_mailbox
from stoppress.subscribers.models import Suppression
from tests.factories.mailbox_urls import mailbox_url
from tests.factories.returned_mail import build_bounce, build_message, make_accepted_delivery, make_confirmed_subscriber
from tests.fakes.imap_server import FakeImapServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server():
    with FakeImapServer() as running:
        yield running


@pytest.fixture
def sent(clock):
    return make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", clock()), clock())


def flags(server):
    return [sorted(message.flags) for message in server.folders["INBOX"].values()]


def test_poll_reads_new_messages_once_and_leaves_personal_mail_unseen(server, sent, clock, tmp_path):
    server.deliver(build_message("desk@halden.test", "A question"))
    server.deliver(build_bounce(sent))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 2
    assert flags(server) == [[], ["\\Seen"]]
    assert Suppression.objects.count() == 1 and Bounce.objects.get().via == "imap"
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 0
    server.deliver(build_bounce(sent, message_id="<more@mx.example>"))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1
    assert Bounce.objects.count() == 2


@pytest.mark.parametrize("missing", [[], ["MOVE"], ["MOVE", "UIDPLUS"]])
def test_poll_deletes_or_moves_recorded_messages(server, sent, clock, tmp_path, missing):
    server.remove_extensions(*missing)
    server.deliver(build_bounce(sent))
    poll_mailbox(mailbox_url(server, then="move:Done"), tmp_path, clock=clock)
    assert [message.content for message in server.folders["Done"].values()] == [build_bounce(sent)]
    server.deliver(build_bounce(sent, message_id="<more@mx.example>"))
    poll_mailbox(mailbox_url(server, then="delete"), tmp_path, clock=clock)
    remaining = ["\\Deleted"] if "UIDPLUS" in missing else []
    assert flags(server) == ([remaining] * 2 if remaining else [])
    assert Bounce.objects.count() == 2


@pytest.mark.parametrize("command", ["SELECT", "UID SEARCH", "UID FETCH", "UID STORE"])
def test_poll_loses_nothing_when_connection_breaks(server, sent, clock, tmp_path, command):
    server.deliver(build_bounce(sent))
    server.deliver(build_bounce(sent, message_id="<more@mx.example>"))
    server.drop_before_reply(command)
    with pytest.raises((IMAP4.error, OSError)):
        poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    assert Bounce.objects.count() == 2 and Suppression.objects.count() == 1


def test_poll_leaves_message_unseen_when_database_fails(server, sent, clock, tmp_path):
    server.deliver(build_bounce(sent))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inbound_bounce RENAME TO inbound_bounce_renamed")
    try:
        with pytest.raises(DatabaseError):
            poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE inbound_bounce_renamed RENAME TO inbound_bounce")
    assert flags(server) == [[]]
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1
    assert flags(server) == [["\\Seen"]] and Bounce.objects.count() == 1


def test_poll_rereads_mailbox_without_duplicates_when_uidvalidity_changes(server, sent, clock, tmp_path):
    for n in range(3):
        server.deliver(build_bounce(sent, message_id=f"<{n}@mx.example>"))
    poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    server.renumber()
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 3
    assert Bounce.objects.count() == 3


@pytest.mark.parametrize("content", ["", "{}", '{"mailbox": 3}', "[]"])
def test_poll_starts_over_when_position_file_is_damaged(server, sent, clock, tmp_path, content):
    (tmp_path / "mailbox.json").write_text(content)
    server.deliver(build_bounce(sent))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1


def test_poll_continues_when_message_cannot_be_moved(server, sent, clock, tmp_path):
    server.refuse("UID MOVE")
    for n in range(2):
        server.deliver(build_bounce(sent, message_id=f"<{n}@mx.example>"))
    assert poll_mailbox(mailbox_url(server, then="move:Done"), tmp_path, clock=clock) == 2
    assert Bounce.objects.count() == 2


def test_poll_applies_nothing_when_report_is_forged(server, sent, clock, tmp_path):
    forged = bounce_address(sent.pk).replace("bounce+", "bounce+1")
    server.deliver(build_bounce(None, recipient="ada@mail.example", delivered_to=forged))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1
    assert not Suppression.objects.exists() and not Bounce.objects.filter(proven=True).exists()


def test_poll_raises_when_server_refuses_or_certificate_is_untrusted(server, clock, tmp_path):
    with pytest.raises(IMAP4.error, match="try again later"):
        poll_mailbox(mailbox_url(server, password="wrong"), tmp_path, clock=clock)
    server.refuse("SELECT")
    with pytest.raises(MailboxError):
        poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    with pytest.raises(OSError, match="certificate"):
        poll_mailbox(mailbox_url(server, verify="yes"), tmp_path, clock=clock)
    assert list(Path(tmp_path).iterdir()) == []
