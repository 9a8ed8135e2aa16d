"""Readers with a delivery each, and what comes back of it, for tests."""

from datetime import datetime, timedelta
from uuid import uuid4

from stoppress.delivery.choices import DeliveryState, Lane, TransactionalKind, Urgency
from stoppress.delivery.message.verp_addresses import SignedMailbox, bounce_address, sign_address
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.models import Subscriber, Subscription
from stoppress.subscribers.topics import breaking_topic


def make_confirmed_subscriber(email: str, now: datetime) -> Subscriber:
    """Somebody who has confirmed breaking news, a day ago."""
    facts = {"requested_at": now - timedelta(days=1), "confirmed_at": now - timedelta(days=1)}
    domain = email.rpartition("@")[2]
    found = Subscriber.objects.create(email=email, key=email.lower(), domain=domain, **facts)
    Subscription.objects.create(topic=breaking_topic(), subscriber=found, **facts)
    return found


def make_sent_alert(now: datetime) -> Alert:
    """An alert that has gone out."""
    return Alert.objects.create(
        id=uuid4(), topic=breaking_topic(), urgency=Urgency.ALERT, subject="Sea wall fails", summary="It failed.",
        created_at=now, by="ines", last_source_id=0, intended=0, materialised_at=now, not_after=now + timedelta(hours=4),
    )  # fmt: skip


def make_accepted_delivery(to: Subscriber, now: datetime, of: Alert | None = None, letter: str = "") -> Delivery:
    """A message that the relay has accepted: of an alert, or a letter."""
    whose = {"transactional_kind": letter, "topic": breaking_topic()} if letter else {"alert": of or make_sent_alert(now)}
    return Delivery.objects.create(
        **whose, subscriber=to,
        lane=Lane.BREAKING, state=DeliveryState.ACCEPTED, created_at=now, settled_at=now,
    )  # fmt: skip


CONFIRM, CANARY = TransactionalKind.CONFIRM.value, TransactionalKind.CANARY.value


def unsubscribe_address(subscriber: Subscriber) -> str:
    return sign_address(SignedMailbox.LEAVE, subscriber.pk, breaking_topic().pk)


def build_bounce(
    delivery: Delivery | None, *, status: str = "5.1.1", said: str = "550 5.1.1 <{to}>: user unknown", to: str = "",
    by: str = "<1@mx.example>", action: str = "failed", sent_to: str = "",
) -> bytes:  # fmt: skip
    """A delivery status notification (RFC 3464) of one delivery, to the address that it was sent from."""
    email = to or (delivery.subscriber.email if delivery else "nobody@mail.example")
    home = sent_to or (bounce_address(delivery.pk) if delivery else "bounces@halden.test")
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {home}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: {by}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_mx"\r\n\r\n'
        "--=_mx\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        "--=_mx\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {email}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {said.format(to=email)}\r\n\r\n--=_mx--\r\n"
    ).encode()


def build_complaint(about: str, carried: str, *, by: str = "<2@fbl.example>") -> bytes:
    """A feedback report (RFC 5965) with the header that it returns."""
    return (
        f"From: fbl@fbl.example\r\nTo: abuse@halden.test\r\nSubject: complaint\r\nMessage-ID: {by}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary="=_f"\r\n\r\n'
        "--=_f\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
        "--=_f\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Loop/1\r\n"
        f"Version: 1\r\nOriginal-Rcpt-To: {about}\r\n\r\n"
        f"--=_f\r\nContent-Type: message/rfc822\r\n\r\n{carried}\r\nFrom: alerts@halden.test\r\n"
        "Subject: Sea wall fails\r\n\r\nIt failed.\r\n\r\n--=_f--\r\n"
    ).encode()


def build_message(to: str, subject: str, headers: str = "", by: str = "<3@mail.example>") -> bytes:
    """Somebody's own message."""
    return (
        f"From: ada@mail.example\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: {by}\r\n{headers}\r\nHello.\r\n"
    ).encode()
