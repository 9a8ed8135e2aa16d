"""The listener on real sockets: by the standard library's clients, by Postfix's own, by our mailer's."""

import asyncio
import smtplib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from stoppress.delivery.message.verp_addresses import bounce_address
from stoppress.inbound.models import Bounce
from stoppress.inbound.receive.listen_addresses import ListenAddress, parse_listen_addresses
from stoppress.inbound.receive.listener import SmtpListener
from stoppress.inbound.receive.listener_limits import MAX_CONNECTIONS
from stoppress.inbound.receive.recipient_check import make_recipient_check
from stoppress.inbound.receive.recording_thread import RecordingThread
from stoppress.inbound.receive.smtp_session import MAX_MESSAGE_BYTES
from stoppress.smtp import Accepted, Refused, RelayAddress, RelayConnection
from stoppress.subscribers.models import Suppression
from stoppress.subscribers.topics import breaking_topic
from tests.factories.returned_mail import make_sent_alert, build_bounce, build_complaint, make_accepted_delivery, unsubscribe_address, build_message, make_confirmed_subscriber
from tests.support.system_packages import smtp_source
from tests.support.web_server import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

TLS = Path(__file__).parents[2] / "data" / "tls"
CERTIFICATE, KEY = TLS / "test-only-certificate.pem", TLS / "test-only-key.pem"
SMTP = ListenAddress(lmtp=False, host="127.0.0.1")


@contextmanager
def listening(clock, *where: ListenAddress) -> Iterator[list[int]]:
    """A listener in a thread of its own; its ports."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop, ports = asyncio.Event(), []

    async def run() -> None:
        recording = RecordingThread(clock)
        listener = SmtpListener(list(where), make_recipient_check("halden.test", ["fbl"]), recording.record, "halden.test")
        await listener.start()
        ports.extend(listener.ports)
        ready.set()
        await stop.wait()
        await listener.stop()
        await recording.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def sent(clock):
    breaking_topic()
    return make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", clock()), clock())


def test_a_bounce_is_answered_when_its_facts_are_there(clock, sent):
    with listening(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        assert client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent)) == {}
        assert Suppression.objects.get().subscriber == sent.subscriber and Bounce.objects.get().via == "smtp"
        assert client.sendmail("", [bounce_address(sent.pk).upper()], build_bounce(sent)) == {}
    assert Bounce.objects.count() == 1


def test_nothing_else_is_taken(clock, sent):
    with listening(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        for address in ("ada@mail.example", "alerts@halden.test", "abuse@halden.test", "bounce+1.0@halden.test",
                        bounce_address(sent.pk).replace("halden.test", "elsewhere.test")):  # fmt: skip
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("", [address], b"x")
            assert refused.value.recipients[address][0] == 550
    assert not Bounce.objects.exists()


def test_a_mail_for_leaving_is_taken_and_a_feedback_report_but_no_letter(clock, sent):
    home = unsubscribe_address(sent.subscriber)
    with listening(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("ada@mail.example", [home], build_message(home, "unsubscribe"))
        assert not sent.subscriber.subscriptions.get().is_active
        with pytest.raises(smtplib.SMTPDataError, match="accepts only bounces and feedback reports"):
            client.sendmail("a@b.example", ["fbl@halden.test"], build_message("fbl@halden.test", "A question"))
        report = build_complaint("ada@mail.example", f"Return-Path: <{bounce_address(sent.pk)}>")
        client.sendmail("fbl@fbl.example", ["fbl@halden.test"], report)
    assert Suppression.objects.get().reason == "complaint"


def test_a_message_that_cannot_be_written_down_is_to_come_again(clock, sent):
    with listening(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE inbound_bounce RENAME TO alerts_bounce_away")
        try:
            with pytest.raises(smtplib.SMTPDataError) as told:
                client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE alerts_bounce_away RENAME TO inbound_bounce")
        assert told.value.smtp_code == 451 and not Suppression.objects.exists()
        client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
    assert Suppression.objects.count() == Bounce.objects.count() == 1


def test_lmtp_on_a_unix_socket_as_postfix_would_hand_it(clock, sent, tmp_path):
    [place] = parse_listen_addresses(f"lmtp://{tmp_path}/bounces.sock?mode=660")
    path = Path(place.path)
    with listening(clock, place):
        assert path.stat().st_mode & 0o777 == 0o660
        with smtplib.LMTP(str(path)) as client:
            client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
    assert Bounce.objects.get().via == "lmtp" and not path.exists()


def test_what_postfix_itself_sends_is_taken(clock):
    program = smtp_source()
    assert program
    gone_out, now = make_sent_alert(clock()), clock()
    sent = make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", now), now, of=gone_out)
    with listening(clock, ListenAddress(lmtp=True, host="127.0.0.1")) as [port]:
        command = [program, "-L", "-c", "-s", "5", "-m", "40", "-f", "", "-t", bounce_address(sent.pk)]
        done = subprocess.run([*command, f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "40" in done.stdout, done.stderr
    assert not Bounce.objects.filter(dead=True).exists() and not Suppression.objects.exists()


def test_our_own_mailer_can_talk_to_it(clock, sent):
    async def send(port: int):
        relay = RelayConnection(RelayAddress("127.0.0.1", port))
        await relay.connect()
        told = [await relay.send("", to, build_bounce(sent)) for to in (bounce_address(sent.pk), "ada@mail.example")]
        await relay.close()
        return told

    with listening(clock, SMTP) as [port]:
        taken, refused = asyncio.run(send(port))
    assert isinstance(taken, Accepted) and isinstance(refused, Refused) and refused.code == 550


def test_starttls_where_there_is_a_certificate(clock, sent):
    place = ListenAddress(lmtp=False, host="127.0.0.1", certificate=str(CERTIFICATE), key=str(KEY))
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    with listening(clock, place) as [port], smtplib.SMTP("localhost", port) as client:
        client.starttls(context=context)
        client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
        assert not client.has_extn("starttls")
    assert Bounce.objects.count() == 1


def test_a_message_too_big_is_refused_and_a_long_one_is_cut(clock, sent):
    with listening(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as told:
            client.sendmail("", [bounce_address(sent.pk)], b"x" * (MAX_MESSAGE_BYTES + 1))
        assert told.value.smtp_code == 552
        client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent) + b"y" * 76 * 20_000)
    assert Bounce.objects.get().dead


def test_there_is_an_end_to_how_many_may_come_at_once(clock):
    with listening(clock, SMTP) as [port]:
        visits = []
        for _ in range(MAX_CONNECTIONS):
            visits.append(socket.create_connection(("127.0.0.1", port), timeout=10))
            assert visits[-1].recv(4) == b"220 "
        with socket.create_connection(("127.0.0.1", port), timeout=10) as one_too_many:
            assert one_too_many.recv(4) == b"421 "
        for visit in visits:
            visit.close()

        def greeted() -> bool:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as again:
                return again.recv(4) == b"220 "

        wait_until(greeted)


def test_who_hangs_up_in_the_middle_harms_nobody(clock, sent):
    with listening(clock, SMTP) as [port]:
        for words in (b"", b"EHLO x\r\n", b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nhalf a mess"):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(words.replace(b"%s", bounce_address(sent.pk).encode()))
        with smtplib.SMTP("127.0.0.1", port) as client:
            assert client.noop()[0] == 250
    assert not Bounce.objects.exists()


def test_a_place_that_is_taken_is_said(clock):
    async def twice(port: int) -> None:
        place = ListenAddress(False, "127.0.0.1", port)
        await SmtpListener([place], make_recipient_check("halden.test"), RecordingThread(clock).record, "halden.test").start()

    with listening(clock, SMTP) as [port], pytest.raises(OSError, match="in use"):
        asyncio.run(twice(port))
