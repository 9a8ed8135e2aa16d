"""Record a received report: store it and apply what follows from it, in one transaction.

1. Find the delivery or the subscriber that a signature of ours names.
2. Store the report as a `Bounce`, unless its key is already stored.
3. Apply the action that decide.py returns: suppress the address, or unsubscribe.

The delivery ledger does not change: what a server reports after it has accepted a message is stored beside it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b

from django.db import IntegrityError, transaction
from django.db.models import Max

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.ledger.warm_up import record_complaint
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.send_order import block_sends
from stoppress.inbound.bounces import ParsedReport, RecipientReport, ReportKind
from stoppress.inbound.decide import ReportAction, ReportedSubscriber, decide_action
from stoppress.inbound.models import Bounce
from stoppress.runtime.text_cleaning import clean_line
from stoppress.signup.actions.unsubscribe import ORIGIN_MAIL, end_subscription
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Subscriber, Suppression

STORED_KINDS = frozenset(
    {
        ReportKind.BOUNCE,
        ReportKind.DELAYED,
        ReportKind.COMPLAINT,
        ReportKind.UNSUBSCRIBE,
        ReportKind.AUTHENTICATION,
    }
)
"""Kinds that are stored. Personal mail, advertising and automatic replies are not."""
MAX_UNPROVEN_PER_HOUR = 500
"""Reports stored without a known subscriber, so that forged ones cannot fill the table."""
ORIGIN_COMPLAINT = "a complaint that a mail service passed on"


class RecordResult(Enum):
    """What was done with a report."""

    APPLIED = "acted upon"
    STORED = "stored"
    DUPLICATE = "already stored"
    STORED_UNPROVEN = "stored without a subscriber"
    IGNORED = "ignored"


@dataclass(frozen=True)
class ReceivedReport:
    """A report with its origin.

    Attributes:
        report: the report.
        via: smtp, lmtp, imap, or the name of a mail service.
        message_key: identifies the message or notification, so that the same one counts once.
    """

    report: ParsedReport
    via: str
    message_key: str


def record_report(received: ReceivedReport, *, now: datetime) -> RecordResult:
    """Record one report. It is committed when this returns.

    Raises:
        DatabaseError: nothing is recorded.
    """
    report, recipient = received.report, received.report.overall
    with transaction.atomic():
        block_sends()  # before any row is locked: see delivery/recipients/send_order.py
        if report.kind is ReportKind.UNSUBSCRIBE and report.delivery_id is None and len(report.unsubscribe_ids) == 2:
            has_ended = end_subscription(*report.unsubscribe_ids, now=now)
            return RecordResult.APPLIED if has_ended else RecordResult.DUPLICATE
        if recipient.kind not in STORED_KINDS:
            return RecordResult.IGNORED
        delivery, subscriber = _find_delivery_and_subscriber(report)
        is_proven = report.delivery_id is not None or subscriber is not None
        if not is_proven and _has_reached_unproven_limit(now):
            return RecordResult.IGNORED
        if not _store_bounce(received, recipient, delivery, subscriber, is_proven=is_proven, now=now):
            return RecordResult.DUPLICATE
        if subscriber is None:
            return RecordResult.STORED if is_proven else RecordResult.STORED_UNPROVEN
        return _apply_action(recipient, delivery, subscriber, now)


def _find_delivery_and_subscriber(report: ParsedReport) -> tuple[Delivery | None, Subscriber | None]:
    """Return the delivery and the subscriber that a valid signature names, as far as they still exist."""
    if report.delivery_id is not None:
        delivery = Delivery.objects.select_related("subscriber", "alert").filter(pk=report.delivery_id).first()
        return delivery, delivery.subscriber if delivery else None
    if len(report.unsubscribe_ids) == 2:
        return None, Subscriber.objects.filter(pk=report.unsubscribe_ids[0]).first()
    return None, None


def _has_reached_unproven_limit(now: datetime) -> bool:
    return Bounce.objects.filter(at__gt=now - timedelta(hours=1), proven=False).count() >= MAX_UNPROVEN_PER_HOUR


def _store_bounce(
    received: ReceivedReport,
    recipient: RecipientReport,
    delivery: Delivery | None,
    subscriber: Subscriber | None,
    *,
    is_proven: bool,
    now: datetime,
) -> bool:
    """Store a report; return False if it is already stored."""
    bounce = Bounce(
        key=report_key(received, recipient),
        at=now,
        via=received.via,
        kind=recipient.kind.value,
        reason=recipient.reason.value if recipient.reason else "",
        dead=recipient.dead,
        status=_printable_line(recipient.status)[:12],
        reply=_printable_line(recipient.reply) if is_proven else "",
        proven=is_proven,
        delivery=delivery,
        subscriber=subscriber,
        domain=subscriber.domain if subscriber else "",
    )
    try:
        with transaction.atomic():
            bounce.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def report_key(received: ReceivedReport, recipient: RecipientReport) -> str:
    """Return a digest that is equal for the same report about the same message, however it was received."""
    report = received.report
    subject = recipient.address.lower()
    if report.delivery_id or report.unsubscribe_ids:
        subject = f"{report.delivery_id} {report.unsubscribe_ids[:1]}"
    text = f"{recipient.kind}\0{subject}\0{received.message_key}"
    return blake2b(text.encode("utf-8", "replace"), digest_size=32).hexdigest()


def _apply_action(
    recipient: RecipientReport, delivery: Delivery | None, subscriber: Subscriber, now: datetime
) -> RecordResult:
    action = decide_action(recipient, _reported_subscriber(delivery, subscriber))
    if action is not ReportAction.NONE:
        materialise_before_change([subscriber.pk], now=now)
    match action:
        case ReportAction.SUPPRESS_DEAD:
            _suppress(subscriber, SuppressionReason.NO_SUCH_ADDRESS, recipient.reply, now)
        case ReportAction.SUPPRESS_COMPLAINT:
            _suppress(subscriber, SuppressionReason.COMPLAINT, recipient.reply, now)
            record_complaint(subscriber.domain, now)
            subscriptions = subscriber.subscriptions.filter(unsubscribed_at__isnull=True)
            for topic_id in list(subscriptions.values_list("topic", flat=True)):
                end_subscription(subscriber.pk, topic_id, now=now, origin=ORIGIN_COMPLAINT)
        case ReportAction.UNSUBSCRIBE if delivery and delivery.alert:
            end_subscription(subscriber.pk, delivery.alert.topic_id, now=now, origin=ORIGIN_MAIL)
        case _:
            return RecordResult.STORED
    return RecordResult.APPLIED


def _reported_subscriber(delivery: Delivery | None, subscriber: Subscriber) -> ReportedSubscriber:
    """Return the facts for the decision. The newest confirmation of any topic counts."""
    alert = delivery.alert if delivery else None
    confirmed = subscriber.subscriptions.filter(confirmed_at__isnull=False)
    return ReportedSubscriber(
        email=subscriber.email,
        sent_at=(delivery.settled_at or delivery.created_at) if delivery else None,
        confirmed_at=subscriber.subscriptions.aggregate(newest=Max("confirmed_at"))["newest"],
        is_canary=delivery is not None and delivery.transactional_kind == TransactionalKind.CANARY,
        changed_since_send=alert is not None and confirmed.filter(generation__gt=alert.generation).exists(),
    )


def _suppress(subscriber: Subscriber, reason: SuppressionReason, reply: str, now: datetime) -> None:
    if not subscriber.suppressions.filter(reason=reason, lifted_at__isnull=True).exists():
        Suppression.objects.create(subscriber=subscriber, reason=reason, reply=_printable_line(reply), at=now)


def _printable_line(text: str) -> str:
    """Return at most 200 characters, with a space for each that a database may refuse."""
    return clean_line(text)[:200]
