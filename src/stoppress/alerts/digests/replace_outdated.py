"""A digest that the log has overtaken goes on as it stands now, to those whom it did not reach.

    digest ──correction or withdrawal──► halted ──► its unsent deliveries: superseded
                                                          └──► the same readers' deliveries of a new digest: pending

The new one is an alert of its own, so that every receipt tells what was sent. A reader's row changes hands within one
transaction: nobody gets both, and after a crash the next run goes on. A digest that an editor stopped stays stopped.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.digests.compile_digests import DIGEST_EDITOR, compile_edition
from stoppress.alerts.digests.editions import Edition, edition_on
from stoppress.alerts.models import Decision
from stoppress.delivery.choices import Lane, Urgency
from stoppress.delivery.ledger.delivery_states import HALTED, SUPERSEDED, WAITING, check_transition
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.delivery.transitions.halt import halt_alerts
from stoppress.runtime import notifications
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.time_zones import subscriber_zone

UNSENT = (*sorted(WAITING), HALTED)
HALT_OR_RESUME = (DecisionKind.HALTED, DecisionKind.UNDONE, DecisionKind.RESUMED)
DELIVERIES_PER_TRANSACTION = 500
"""Deliveries that change hands in one transaction: some 20 ms."""
REPLACEMENT_NOTE = "An item was corrected or withdrawn: who had not got it yet gets it as it stands now"


def replace_outdated_digests(now: datetime) -> int:
    """Halt what the log has overtaken and let it go on as it stands now; how many deliveries changed hands."""
    digests = list(Alert.objects.filter(urgency=Urgency.DIGEST, not_after__gt=now).select_related("topic"))
    stopped = find_outdated_digests(digests)
    halt_alerts([alert for alert in stopped if alert.halted_at is None], now=now)
    return sum(_replace(alert, now) for alert in stopped if not _stopped_by_hand(alert))


def _stopped_by_hand(alert: Alert) -> bool:
    """Whether an editor's last word about it, or about what has taken its place, was to stop it."""
    said = Decision.objects.filter(Q(alert=alert) | Q(alert__in=_later(alert)), kind__in=HALT_OR_RESUME)
    last = said.order_by("-pk").first()  # not by their times: two machines may have written them
    return last is not None and last.kind != DecisionKind.RESUMED


def _replace(alert: Alert, now: datetime) -> int:
    """Recipients that are not written down yet are waited for: the next run has them."""
    unsent = Delivery.objects.filter(alert=alert, state__in=UNSENT)
    if not Alert.objects.filter(pk=alert.pk, materialised_at__isnull=False).exists() or not unsent.exists():
        return 0
    successor = _successor(alert) or _made(alert, now)
    if successor is None:
        return 0
    count = 0
    while moved := _hand_over(alert, successor, now):
        count += moved
    if count:
        Decision.objects.create(alert=alert, kind=DecisionKind.CORRECTED, by=DIGEST_EDITOR, at=now, count=count, note=REPLACEMENT_NOTE)
        notifications.notify(notifications.MAIL)
    return count


def _successor(alert: Alert) -> Alert | None:
    """The digest that has begun to take this one's place, if it may still be sent."""
    newest = _later(alert).filter(halted_at__isnull=True).order_by("-generation").first()
    return newest if newest and not find_outdated_digests([newest]) else None


def _later(alert: Alert) -> QuerySet[Alert]:
    """What has taken its place, or that place in turn: all of one edition end at the same time."""
    made = Alert.objects.filter(digest_day__isnull=True, generation__gt=alert.generation, **_place(alert))
    return made.filter(not_after=alert.not_after)


def _made(alert: Alert, now: datetime) -> Alert | None:
    """A new one; None if nothing is left to say. Nobody is frozen for it: its readers are handed over."""
    edition = _edition(alert)
    found = compile_edition(alert.topic, edition) if edition else None
    if found is None or not found.items:
        return None
    with transaction.atomic():
        return Alert.objects.create(
            **_place(alert),
            subject=found.subject,
            headline=found.headline,
            summary=found.summary,
            items=list(found.items),
            variants=dict(found.variants),
            by=DIGEST_EDITOR,
            created_at=now,
            not_after=alert.not_after,
            last_source_id=alert.last_source_id,
            generation=begin_send(),
            materialised_up_to_id=alert.last_source_id,
            materialised_at=now,
            intended=0,
        )


def _place(alert: Alert) -> dict[str, Any]:
    return {"topic": alert.topic, "urgency": Urgency.DIGEST, "frequency": alert.frequency, "zone": alert.zone}


def _edition(alert: Alert) -> Edition | None:
    """Which time it covers: that of the day's first one."""
    days = Alert.objects.filter(digest_day__isnull=False, generation__lte=alert.generation, **_place(alert))
    first = days.order_by("-generation").first()
    if first is None or first.digest_day is None:
        return None
    return edition_on(first.digest_day, subscriber_zone(alert.zone), Frequency(alert.frequency))


def _hand_over(alert: Alert, successor: Alert, now: datetime) -> int:
    """Give one slice of unsent deliveries to the successor, unless the first one may be sent again meanwhile."""
    for before in UNSENT:
        check_transition(before, SUPERSEDED)
    with transaction.atomic():
        if not Alert.objects.select_for_update().filter(pk=alert.pk, halted_at__isnull=False):
            return 0
        unsent = Delivery.objects.select_for_update().filter(alert=alert, state__in=UNSENT).order_by("pk")
        rows = list(unsent.values_list("pk", "subscriber_id")[:DELIVERIES_PER_TRANSACTION])
        facts = {"alert": successor, "lane": Lane.DIGEST, "created_at": successor.created_at, "next_attempt_at": now}
        Delivery.objects.bulk_create(Delivery(subscriber_id=reader, **facts) for _, reader in rows)
        Delivery.objects.filter(pk__in=[pk for pk, _ in rows]).update(state=SUPERSEDED, next_attempt_at=None, settled_at=now)
        Alert.objects.filter(pk=successor.pk).update(intended=F("intended") + len(rows))
    return len(rows)
