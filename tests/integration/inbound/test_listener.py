"""The listener on real sockets, with clients of the standard library, of Postfix, and our own."""

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
from tests.factories.returned_mail import (
    build_bounce,
    build_complaint,
    build_message,
    make_accepted_delivery,
    make_confirmed_subscriber,
    make_sent_alert,
    unsubscribe_address,
)
from tests.support.system_packages import smtp_source
from tests.support.web_server import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

TLS = Path(__file__).parents[2] / "data" / "tls"
CERTIFICATE, KEY = TLS / "test-only-certificate.pem", TLS / "test-only-key.pem"
SMTP = ListenAddress(lmtp=False, host="127.0.0.1")


@contextmanager
def running_listener(clock, *addresses: ListenAddress) -> Iterator[list[int]]:
    """Run a listener in a thread and yield its ports."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop, ports = asyncio.Event(), []

    async def run() -> None:
        recording = RecordingThread(clock)
        listener = SmtpListener(
            list(addresses), make_recipient_check("halden.test", ["fbl"]), recording.record, "halden.test"
        )
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


def test_listener_replies_250_after_report_is_committed(clock, sent):
    with running_listener(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        assert client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent)) == {}
        assert Suppression.objects.get().subscriber == sent.subscriber and Bounce.objects.get().via == "smtp"
        assert client.sendmail("", [bounce_address(sent.pk).upper()], build_bounce(sent)) == {}
    assert Bounce.objects.count() == 1


def test_listener_refuses_all_other_recipients(clock, sent):
    with running_listener(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        for address in ("ada@mail.example", "alerts@halden.test", "abuse@halden.test", "bounce+1.0@halden.test",
                        bounce_address(sent.pk).replace("halden.test", "elsewhere.test")):  # fmt: skip
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("", [address], b"x")
            assert refused.value.recipients[address][0] == 550
    assert not Bounce.objects.exists()


def test_listener_accepts_unsubscribe_mail_and_feedback_report_but_no_personal_mail(clock, sent):
    address = unsubscribe_address(sent.subscriber)
    with running_listener(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("ada@mail.example", [address], build_message(address, "unsubscribe"))
        assert not sent.subscriber.subscriptions.get().is_active
        with pytest.raises(smtplib.SMTPDataError, match="accepts only bounces and feedback reports"):
            client.sendmail("a@b.example", ["fbl@halden.test"], build_message("fbl@halden.test", "A question"))
        report = build_complaint("ada@mail.example", f"Return-Path: <{bounce_address(sent.pk)}>")
        client.sendmail("fbl@fbl.example", ["fbl@halden.test"], report)
    assert Suppression.objects.get().reason == "complaint"


def test_listener_replies_451_when_database_fails(clock, sent):
    with running_listener(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE inbound_bounce RENAME TO inbound_bounce_renamed")
        try:
            with pytest.raises(smtplib.SMTPDataError) as refused:
                client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE inbound_bounce_renamed RENAME TO inbound_bounce")
        assert refused.value.smtp_code == 451 and not Suppression.objects.exists()
        client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
    assert Suppression.objects.count() == Bounce.objects.count() == 1


def test_listener_accepts_lmtp_on_unix_socket(clock, sent, tmp_path):
    [address] = parse_listen_addresses(f"lmtp://{tmp_path}/bounces.sock?mode=660")
    path = Path(address.path)
    with running_listener(clock, address):
        assert path.stat().st_mode & 0o777 == 0o660
        with smtplib.LMTP(str(path)) as client:
            client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
    assert Bounce.objects.get().via == "lmtp" and not path.exists()


def test_listener_accepts_mail_of_postfix_client(clock):
    program = smtp_source()
    assert program
    sent_alert, now = make_sent_alert(clock()), clock()
    sent = make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", now), now, alert=sent_alert)
    with running_listener(clock, ListenAddress(lmtp=True, host="127.0.0.1")) as [port]:
        command = [program, "-L", "-c", "-s", "5", "-m", "40", "-f", "", "-t", bounce_address(sent.pk)]
        done = subprocess.run([*command, f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "40" in done.stdout, done.stderr
    assert not Bounce.objects.filter(dead=True).exists() and not Suppression.objects.exists()


def test_listener_accepts_mail_of_our_own_client(clock, sent):
    async def send(port: int):
        relay = RelayConnection(RelayAddress("127.0.0.1", port))
        await relay.connect()
        outcomes = [
            await relay.send("", to, build_bounce(sent)) for to in (bounce_address(sent.pk), "ada@mail.example")
        ]
        await relay.close()
        return outcomes

    with running_listener(clock, SMTP) as [port]:
        accepted, refused = asyncio.run(send(port))
    assert isinstance(accepted, Accepted) and isinstance(refused, Refused) and refused.code == 550


def test_listener_offers_starttls_when_certificate_is_set(clock, sent):
    address = ListenAddress(lmtp=False, host="127.0.0.1", certificate=str(CERTIFICATE), key=str(KEY))
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    with running_listener(clock, address) as [port], smtplib.SMTP("localhost", port) as client:
        client.starttls(context=context)
        client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent))
        assert not client.has_extn("starttls")
    assert Bounce.objects.count() == 1


def test_listener_refuses_too_big_message_and_truncates_long_one(clock, sent):
    with running_listener(clock, SMTP) as [port], smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail("", [bounce_address(sent.pk)], b"x" * (MAX_MESSAGE_BYTES + 1))
        assert refused.value.smtp_code == 552
        client.sendmail("", [bounce_address(sent.pk)], build_bounce(sent) + b"y" * 76 * 20_000)
    assert Bounce.objects.get().dead


def test_listener_refuses_connection_when_limit_is_reached(clock):
    with running_listener(clock, SMTP) as [port]:
        clients = []
        for _ in range(MAX_CONNECTIONS):
            clients.append(socket.create_connection(("127.0.0.1", port), timeout=10))
            assert clients[-1].recv(4) == b"220 "
        with socket.create_connection(("127.0.0.1", port), timeout=10) as refused:
            assert refused.recv(4) == b"421 "
        for client in clients:
            client.close()

        def is_greeted() -> bool:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                return client.recv(4) == b"220 "

        wait_until(is_greeted)


def test_listener_survives_clients_that_disconnect(clock, sent):
    with running_listener(clock, SMTP) as [port]:
        for data in (b"", b"EHLO x\r\n", b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nhalf a mess"):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(data.replace(b"%s", bounce_address(sent.pk).encode()))
        with smtplib.SMTP("127.0.0.1", port) as client:
            assert client.noop()[0] == 250
    assert not Bounce.objects.exists()


def test_listener_raises_when_address_is_in_use(clock):
    async def listen_again(port: int) -> None:
        address = ListenAddress(False, "127.0.0.1", port)
        await SmtpListener(
            [address], make_recipient_check("halden.test"), RecordingThread(clock).record, "halden.test"
        ).start()

    with running_listener(clock, SMTP) as [port], pytest.raises(OSError, match="in use"):
        asyncio.run(listen_again(port))
