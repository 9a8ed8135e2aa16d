"""Write down what came back, and do what follows from it: one transaction, so that all of it stands or nothing does.

whom is it about? ─► said before? ─► the fact ─► what follows (deeds.py)
signature of ours    by its key

The ledger is not touched: what a server said after it had accepted a message is a fact of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b

from django.db import IntegrityError, transaction
from django.db.models import Max

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.send_order import block_sends
from stoppress.inbound.bounces import RecipientReport, ReportKind, ParsedReport
from stoppress.inbound.decide import ReportAction, ReportedSubscriber, decide_action
from stoppress.inbound.models import Bounce
from stoppress.signup.actions.unsubscribe import ORIGIN_MAIL, end_subscription
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Subscriber, Suppression

STORED_KINDS = frozenset({ReportKind.BOUNCE, ReportKind.DELAYED, ReportKind.COMPLAINT, ReportKind.UNSUBSCRIBE, ReportKind.AUTHENTICATION})
"""What is worth a row. Letters, advertising and automatic answers are not."""
MAX_UNPROVEN_PER_HOUR = 500
"""Reports of which nobody knows whom they are about; who sends more of them fills no table."""
COMPLAINT_PLACE = "a complaint that a mail service passed on"


class RecordResult(Enum):
    """What became of an arrival."""

    DONE = "acted upon"
    COUNTED = "written down"
    KNOWN = "known already"
    UNPROVEN = "written down without a name"
    NOTHING = "nothing to write down"


@dataclass(frozen=True)
class ReceivedReport:
    """One report as it came in: by what way, and the `mark` by which the same one is known again."""

    report: ParsedReport
    via: str
    mark: str


def record_report(arrival: ReceivedReport, *, now: datetime) -> RecordResult:
    """Take in one report. It is committed when this returns. Raises DatabaseError; then nothing has happened."""
    report = arrival.report
    with transaction.atomic():
        block_sends()  # before any row is locked: see delivery/recipients/send_order.py
        if report.kind is ReportKind.UNSUBSCRIBE and report.delivery_id is None and len(report.unsubscribe_ids) == 2:
            return RecordResult.DONE if end_subscription(*report.unsubscribe_ids, now=now) else RecordResult.KNOWN
        finding = report.overall
        if finding.kind not in STORED_KINDS:
            return RecordResult.NOTHING
        delivery, subscriber = _find_delivery_and_subscriber(report)
        proven = report.delivery_id is not None or subscriber is not None
        if not proven and _has_reached_unproven_limit(now):
            return RecordResult.NOTHING
        if not _store_bounce(arrival, finding, delivery, subscriber, proven=proven, now=now):
            return RecordResult.KNOWN
        if subscriber is None:
            return RecordResult.COUNTED if proven else RecordResult.UNPROVEN
        return _apply_action(finding, delivery, subscriber, now)


def _find_delivery_and_subscriber(report: ParsedReport) -> tuple[Delivery | None, Subscriber | None]:
    """The delivery and the reader that a signature names; they may be gone, and the signature is good all the same."""
    if report.delivery_id is not None:
        delivery = Delivery.objects.select_related("subscriber", "alert").filter(pk=report.delivery_id).first()
        return delivery, delivery.subscriber if delivery else None
    if len(report.unsubscribe_ids) == 2:
        return None, Subscriber.objects.filter(pk=report.unsubscribe_ids[0]).first()
    return None, None


def _has_reached_unproven_limit(now: datetime) -> bool:
    return Bounce.objects.filter(at__gt=now - timedelta(hours=1), proven=False).count() >= MAX_UNPROVEN_PER_HOUR


def _store_bounce(
    arrival: ReceivedReport,
    finding: RecipientReport,
    delivery: Delivery | None,
    subscriber: Subscriber | None,
    *,
    proven: bool,
    now: datetime,
) -> bool:
    """The fact, once; False if it was there."""
    row = Bounce(
        key=report_key(arrival, finding),
        at=now,
        via=arrival.via,
        kind=finding.kind.value,
        reason=finding.reason.value if finding.reason else "",
        dead=finding.dead,
        status=_printable_line(finding.status)[:12],
        reply=_printable_line(finding.reply) if proven else "",
        proven=proven,
        delivery=delivery,
        subscriber=subscriber,
        domain=subscriber.domain if subscriber else "",
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def report_key(arrival: ReceivedReport, finding: RecipientReport) -> str:
    """The same for the same report about the same message, whichever way it came."""
    report = arrival.report
    whom = f"{report.delivery_id} {report.unsubscribe_ids[:1]}" if report.delivery_id or report.unsubscribe_ids else finding.address.lower()
    return blake2b(f"{finding.kind}\0{whom}\0{arrival.mark}".encode("utf-8", "replace"), digest_size=32).hexdigest()


def _apply_action(finding: RecipientReport, delivery: Delivery | None, subscriber: Subscriber, now: datetime) -> RecordResult:
    deed = decide_action(finding, _reported_subscriber(delivery, subscriber))
    if deed is not ReportAction.NOTHING:
        materialise_before_change([subscriber.pk], now=now)
    match deed:
        case ReportAction.SUPPRESS_DEAD:
            _suppress(subscriber, SuppressionReason.NO_SUCH_ADDRESS, finding.reply, now)
        case ReportAction.SUPPRESS_COMPLAINT:
            _suppress(subscriber, SuppressionReason.COMPLAINT, finding.reply, now)
            for topic_id in list(subscriber.subscriptions.filter(unsubscribed_at__isnull=True).values_list("topic", flat=True)):
                end_subscription(subscriber.pk, topic_id, now=now, origin=COMPLAINT_PLACE)
        case ReportAction.LEAVE if delivery and delivery.alert:
            end_subscription(subscriber.pk, delivery.alert.topic_id, now=now, origin=ORIGIN_MAIL)
        case _:
            return RecordResult.COUNTED
    return RecordResult.DONE


def _reported_subscriber(delivery: Delivery | None, subscriber: Subscriber) -> ReportedSubscriber:
    """What counts as its confirmation: the newest of any topic."""
    confirmed = subscriber.subscriptions.aggregate(newest=Max("confirmed_at"))["newest"]
    alert = delivery.alert if delivery else None
    wishes = subscriber.subscriptions.filter(confirmed_at__isnull=False)
    return ReportedSubscriber(
        email=subscriber.email,
        sent_at=(delivery.settled_at or delivery.created_at) if delivery else None,
        confirmed_at=confirmed,
        real=delivery is None or delivery.transactional_kind != TransactionalKind.CANARY,
        changed_since_send=alert is not None and wishes.filter(generation__gt=alert.generation).exists(),
    )


def _suppress(subscriber: Subscriber, reason: SuppressionReason, reply: str, now: datetime) -> None:
    if not subscriber.suppressions.filter(reason=reason, lifted_at__isnull=True).exists():
        Suppression.objects.create(subscriber=subscriber, reason=reason, reply=_printable_line(reply), at=now)


def _printable_line(text: str) -> str:
    """As it can be kept: databases do not take every character."""
    return "".join(char if char.isprintable() else " " for char in text)[:200]
