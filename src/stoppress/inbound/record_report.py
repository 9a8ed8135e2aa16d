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

from stoppress.delivery.choices import Letter
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.before_subscription_change import prepare_change
from stoppress.delivery.recipients.send_order import hold_off_sends
from stoppress.inbound.bounces import Finding, Kind, Report
from stoppress.inbound.decide import Deed, Reader, deed_for
from stoppress.inbound.models import Bounce
from stoppress.signup.actions.unsubscribe import BY_MAIL, leave_by_address
from stoppress.subscribers.choices import Reason
from stoppress.subscribers.models import Subscriber, Suppression

KEPT_KINDS = frozenset({Kind.BOUNCE, Kind.DELAYED, Kind.COMPLAINT, Kind.UNSUBSCRIBE, Kind.AUTHENTICATION})
"""What is worth a row. Letters, advertising and automatic answers are not."""
UNPROVEN_AN_HOUR = 500
"""Reports of which nobody knows whom they are about; who sends more of them fills no table."""
BY_COMPLAINT = "a complaint that a mail service passed on"


class Taken(Enum):
    """What became of an arrival."""

    DONE = "acted upon"
    COUNTED = "written down"
    KNOWN = "known already"
    UNPROVEN = "written down without a name"
    NOTHING = "nothing to write down"


@dataclass(frozen=True)
class Arrival:
    """One report as it came in: by what way, and the `mark` by which the same one is known again."""

    report: Report
    via: str
    mark: str


def take(arrival: Arrival, *, now: datetime) -> Taken:
    """Take in one report. It is committed when this returns. Raises DatabaseError; then nothing has happened."""
    report = arrival.report
    with transaction.atomic():
        hold_off_sends()  # before any row is locked: see delivery/recipients/send_order.py
        if report.kind is Kind.UNSUBSCRIBE and report.delivery is None and len(report.leaving) == 2:
            return Taken.DONE if leave_by_address(*report.leaving, now=now) else Taken.KNOWN
        finding = report.verdict
        if finding.kind not in KEPT_KINDS:
            return Taken.NOTHING
        delivery, subscriber = _whom(report)
        proven = report.delivery is not None or subscriber is not None
        if not proven and _enough_unproven(now):
            return Taken.NOTHING
        if not _written(arrival, finding, delivery, subscriber, proven=proven, now=now):
            return Taken.KNOWN
        if subscriber is None:
            return Taken.COUNTED if proven else Taken.UNPROVEN
        return _done(finding, delivery, subscriber, now)


def _whom(report: Report) -> tuple[Delivery | None, Subscriber | None]:
    """The delivery and the reader that a signature names; they may be gone, and the signature is good all the same."""
    if report.delivery is not None:
        delivery = Delivery.objects.select_related("subscriber", "alert").filter(pk=report.delivery).first()
        return delivery, delivery.subscriber if delivery else None
    if len(report.leaving) == 2:
        return None, Subscriber.objects.filter(pk=report.leaving[0]).first()
    return None, None


def _enough_unproven(now: datetime) -> bool:
    return Bounce.objects.filter(at__gt=now - timedelta(hours=1), proven=False).count() >= UNPROVEN_AN_HOUR


def _written(
    arrival: Arrival,
    finding: Finding,
    delivery: Delivery | None,
    subscriber: Subscriber | None,
    *,
    proven: bool,
    now: datetime,
) -> bool:
    """The fact, once; False if it was there."""
    row = Bounce(
        key=key_of(arrival, finding),
        at=now,
        via=arrival.via,
        kind=finding.kind.value,
        reason=finding.reason.value if finding.reason else "",
        dead=finding.dead,
        status=_line(finding.status)[:12],
        reply=_line(finding.reply) if proven else "",
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


def key_of(arrival: Arrival, finding: Finding) -> str:
    """The same for the same report about the same message, whichever way it came."""
    report = arrival.report
    whom = f"{report.delivery} {report.leaving[:1]}" if report.delivery or report.leaving else finding.address.lower()
    return blake2b(f"{finding.kind}\0{whom}\0{arrival.mark}".encode("utf-8", "replace"), digest_size=32).hexdigest()


def _done(finding: Finding, delivery: Delivery | None, subscriber: Subscriber, now: datetime) -> Taken:
    deed = deed_for(finding, _reader(delivery, subscriber))
    if deed is not Deed.NOTHING:
        prepare_change([subscriber.pk], now=now)
    match deed:
        case Deed.SUPPRESS_DEAD:
            _suppress(subscriber, Reason.NO_SUCH_ADDRESS, finding.reply, now)
        case Deed.SUPPRESS_COMPLAINT:
            _suppress(subscriber, Reason.COMPLAINT, finding.reply, now)
            for topic_id in list(subscriber.subscriptions.filter(left_at__isnull=True).values_list("topic", flat=True)):
                leave_by_address(subscriber.pk, topic_id, now=now, place=BY_COMPLAINT)
        case Deed.LEAVE if delivery and delivery.alert:
            leave_by_address(subscriber.pk, delivery.alert.topic_id, now=now, place=BY_MAIL)
        case _:
            return Taken.COUNTED
    return Taken.DONE


def _reader(delivery: Delivery | None, subscriber: Subscriber) -> Reader:
    """What counts as its confirmation: the newest of any topic."""
    confirmed = subscriber.subscriptions.aggregate(newest=Max("confirmed_at"))["newest"]
    alert = delivery.alert if delivery else None
    wishes = subscriber.subscriptions.filter(confirmed_at__isnull=False)
    return Reader(
        email=subscriber.email,
        sent_at=(delivery.settled_at or delivery.made_at) if delivery else None,
        confirmed_at=confirmed,
        real=delivery is None or delivery.letter != Letter.CANARY,
        changed_since_send=alert is not None and wishes.filter(generation__gt=alert.generation).exists(),
    )


def _suppress(subscriber: Subscriber, reason: Reason, reply: str, now: datetime) -> None:
    if not subscriber.suppressions.filter(reason=reason, lifted_at__isnull=True).exists():
        Suppression.objects.create(subscriber=subscriber, reason=reason, reply=_line(reply), at=now)


def _line(text: str) -> str:
    """As it can be kept: databases do not take every character."""
    return "".join(char if char.isprintable() else " " for char in text)[:200]
