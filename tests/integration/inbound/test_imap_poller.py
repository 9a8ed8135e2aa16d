"""A mailbox looked into by IMAP: nothing is lost, nothing counts twice, letters are left alone."""

from imaplib import IMAP4
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from stoppress.delivery.message.verp_addresses import bounce_address
from stoppress.inbound.models import Bounce
from stoppress.inbound.receive.imap_poller import MailboxError, poll_mailbox
from stoppress.subscribers.models import Suppression
from tests.factories.mailbox_urls import mailbox_url
from tests.factories.returned_mail import build_bounce, make_accepted_delivery, build_message, make_confirmed_subscriber
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
    return [sorted(kept.flags) for kept in server.folders["INBOX"].values()]


def test_what_is_new_is_read_once_and_letters_are_left_as_they_are(server, sent, clock, tmp_path):
    server.deliver(build_message("desk@halden.test", "A question"))
    server.deliver(build_bounce(sent))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 2
    assert flags(server) == [[], ["\\Seen"]]
    assert Suppression.objects.count() == 1 and Bounce.objects.get().via == "imap"
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 0
    server.deliver(build_bounce(sent, by="<more@mx.example>"))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1
    assert Bounce.objects.count() == 2


@pytest.mark.parametrize("lacking", [[], ["MOVE"], ["MOVE", "UIDPLUS"]])
def test_what_was_read_is_deleted_or_moved_as_wished(server, sent, clock, tmp_path, lacking):
    server.without(*lacking)
    server.deliver(build_bounce(sent))
    poll_mailbox(mailbox_url(server, then="move:Done"), tmp_path, clock=clock)
    assert [kept.content for kept in server.folders["Done"].values()] == [build_bounce(sent)]
    server.deliver(build_bounce(sent, by="<more@mx.example>"))
    poll_mailbox(mailbox_url(server, then="delete"), tmp_path, clock=clock)
    left = ["\\Deleted"] if "UIDPLUS" in lacking else []
    assert flags(server) == ([left] * 2 if left else [])
    assert Bounce.objects.count() == 2


@pytest.mark.parametrize("command", ["SELECT", "UID SEARCH", "UID FETCH", "UID STORE"])
def test_a_connection_that_breaks_loses_nothing(server, sent, clock, tmp_path, command):
    server.deliver(build_bounce(sent))
    server.deliver(build_bounce(sent, by="<more@mx.example>"))
    server.drop_after(command)
    with pytest.raises((IMAP4.error, OSError)):
        poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    assert Bounce.objects.count() == 2 and Suppression.objects.count() == 1


def test_while_the_database_does_not_answer_the_mailbox_waits(server, sent, clock, tmp_path):
    server.deliver(build_bounce(sent))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inbound_bounce RENAME TO alerts_bounce_away")
    try:
        with pytest.raises(DatabaseError):
            poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE alerts_bounce_away RENAME TO inbound_bounce")
    assert flags(server) == [[]]
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1
    assert flags(server) == [["\\Seen"]] and Bounce.objects.count() == 1


def test_numbered_anew_it_is_read_from_the_start_and_counts_once(server, sent, clock, tmp_path):
    for n in range(3):
        server.deliver(build_bounce(sent, by=f"<{n}@mx.example>"))
    poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    server.number_anew()
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 3
    assert Bounce.objects.count() == 3


@pytest.mark.parametrize("content", ["", "{}", '{"mailbox": 3}', "[]"])
def test_a_damaged_note_of_how_far_means_from_the_start(server, sent, clock, tmp_path, content):
    (tmp_path / "mailbox.json").write_text(content)
    server.deliver(build_bounce(sent))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1


def test_what_cannot_be_put_away_holds_up_nothing(server, sent, clock, tmp_path):
    server.refuse("UID MOVE")
    for n in range(2):
        server.deliver(build_bounce(sent, by=f"<{n}@mx.example>"))
    assert poll_mailbox(mailbox_url(server, then="move:Done"), tmp_path, clock=clock) == 2
    assert Bounce.objects.count() == 2


def test_forged_reports_in_the_mailbox_act_on_nobody(server, sent, clock, tmp_path):
    forged = bounce_address(sent.pk).replace("bounce+", "bounce+1")
    server.deliver(build_bounce(None, to="ada@mail.example", sent_to=forged))
    assert poll_mailbox(mailbox_url(server), tmp_path, clock=clock) == 1
    assert not Suppression.objects.exists() and not Bounce.objects.filter(proven=True).exists()


def test_a_refusal_or_a_certificate_that_nobody_vouches_for_is_said(server, clock, tmp_path):
    with pytest.raises(IMAP4.error, match="not now"):
        poll_mailbox(mailbox_url(server, password="wrong"), tmp_path, clock=clock)
    server.refuse("SELECT")
    with pytest.raises(MailboxError):
        poll_mailbox(mailbox_url(server), tmp_path, clock=clock)
    with pytest.raises(OSError, match="certificate"):
        poll_mailbox(mailbox_url(server, verify="yes"), tmp_path, clock=clock)
    assert list(Path(tmp_path).iterdir()) == []
