"""Subscribers with one delivery each, and messages that come back from it."""

from datetime import datetime, timedelta
from uuid import uuid4

from stoppress.delivery.choices import DeliveryState, Lane, TransactionalKind, Urgency
from stoppress.delivery.message.verp_addresses import SignedMailbox, bounce_address, sign_address
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.models import Subscriber, Subscription
from stoppress.subscribers.topics import breaking_topic

CONFIRM, CANARY = TransactionalKind.CONFIRM.value, TransactionalKind.CANARY.value


def make_confirmed_subscriber(email: str, now: datetime) -> Subscriber:
    """Create a subscriber who confirmed breaking news a day ago."""
    times = {"requested_at": now - timedelta(days=1), "confirmed_at": now - timedelta(days=1)}
    domain = email.rpartition("@")[2]
    subscriber = Subscriber.objects.create(email=email, key=email.lower(), domain=domain, **times)
    Subscription.objects.create(topic=breaking_topic(), subscriber=subscriber, **times)
    return subscriber


def make_sent_alert(now: datetime) -> Alert:
    """Create an alert that was sent."""
    return Alert.objects.create(
        id=uuid4(), topic=breaking_topic(), urgency=Urgency.ALERT, subject="Sea wall fails", summary="It failed.",
        created_at=now, by="ines", last_source_id=0, intended=0, materialised_at=now,
        not_after=now + timedelta(hours=4),
    )  # fmt: skip


def make_accepted_delivery(
    subscriber: Subscriber, now: datetime, alert: Alert | None = None, transactional_kind: str = ""
) -> Delivery:
    """Create a delivery that the relay accepted: of an alert, or of a transactional mail."""
    content = {"alert": alert or make_sent_alert(now)}
    if transactional_kind:
        content = {"transactional_kind": transactional_kind, "topic": breaking_topic()}
    return Delivery.objects.create(
        **content, subscriber=subscriber,
        lane=Lane.BREAKING, state=DeliveryState.ACCEPTED, created_at=now, settled_at=now,
    )  # fmt: skip


def unsubscribe_address(subscriber: Subscriber) -> str:
    return sign_address(SignedMailbox.LEAVE, subscriber.pk, breaking_topic().pk)


def build_bounce(
    delivery: Delivery | None, *, status: str = "5.1.1", reply: str = "550 5.1.1 <{to}>: user unknown",
    recipient: str = "", message_id: str = "<1@mx.example>", action: str = "failed", delivered_to: str = "",
) -> bytes:  # fmt: skip
    """Build a delivery status notification (RFC 3464) of a delivery, sent to its envelope sender."""
    recipient = recipient or (delivery.subscriber.email if delivery else "nobody@mail.example")
    delivered_to = delivered_to or (bounce_address(delivery.pk) if delivery else "bounces@halden.test")
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {delivered_to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: {message_id}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_mx"\r\n\r\n'
        "--=_mx\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        "--=_mx\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {reply.format(to=recipient)}\r\n\r\n--=_mx--\r\n"
    ).encode()


def build_complaint(recipient: str, original_field: str, *, message_id: str = "<2@fbl.example>") -> bytes:
    """Build a feedback report (RFC 5965) that returns a header field of the original message."""
    return (
        f"From: fbl@fbl.example\r\nTo: abuse@halden.test\r\nSubject: complaint\r\nMessage-ID: {message_id}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary="=_f"\r\n\r\n'
        "--=_f\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
        "--=_f\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Loop/1\r\n"
        f"Version: 1\r\nOriginal-Rcpt-To: {recipient}\r\n\r\n"
        f"--=_f\r\nContent-Type: message/rfc822\r\n\r\n{original_field}\r\nFrom: alerts@halden.test\r\n"
        "Subject: Sea wall fails\r\n\r\nIt failed.\r\n\r\n--=_f--\r\n"
    ).encode()


def build_message(to: str, subject: str, headers: str = "", message_id: str = "<3@mail.example>") -> bytes:
    """Build a message that a reader wrote."""
    return (
        f"From: ada@mail.example\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Message-ID: {message_id}\r\n{headers}\r\nHello.\r\n"
    ).encode()
