"""Stop what has not left: because an editor said so, or corrected or withdrew what it says.

The mark on the alert stops it: claiming looks at it before each window. The rows follow in slices (closing.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from stoppress.coverage.models import Change
from stoppress.delivery.choices import OUTDATING_CHANGES, DeliveryState, Urgency
from stoppress.delivery.ledger.delivery_states import WAITING
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.ledger.receipt_totals import load_receipt
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.cancel_unsent import cancel_unsent_batch
from stoppress.runtime import notifications

AT_ONCE = 1_000
"""Deliveries halted along with the mark; the mailer does the rest."""


@dataclass(frozen=True)
class HaltResult:
    """What halting could do: of so many alerts, `halted` deliveries never left, and `already` left (or may have).

    Halting twice says the same twice, whoever was first: the mailer, which follows the log, or the desk.
    """

    alerts: int = 0
    halted: int = 0
    already_sent: int = 0

    def summary(self) -> str:
        """For the editor, in one sentence; empty if the post was never sent as an alert."""
        if not self.alerts:
            return ""
        if not self.halted:
            return f"The alert had already gone to all {self.already_sent:,} readers." if self.already_sent else ""
        return f"Stopped before it reached {self.halted:,} readers; {self.already_sent:,} had already been sent it."


def filter_outdated(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those of `alerts` whose post was corrected or withdrawn after Send, according to the log."""
    later = Change.objects.filter(post=OuterRef("post"), kind__in=OUTDATING_CHANGES, seq__gt=OuterRef("seq"))
    return alerts.filter(Exists(later))


def halt_alerts(alerts: Iterable[Alert], *, now: datetime) -> HaltResult:
    """Halt every delivery of `alerts` that has not left, the ones not even written down included."""
    total = HaltResult()
    for alert in alerts:
        done = _halt(alert, now)
        total = HaltResult(total.alerts + 1, total.halted + done.halted, total.already_sent + done.already_sent)
    return total


def halt_outdated_alerts(*, now: datetime) -> HaltResult:
    """Halt what the log has overtaken since; the mailer asks before every window."""
    open_alerts = Alert.objects.filter(Q(halted_at__isnull=True), Q(not_after__gt=now))
    unsent = Delivery.objects.filter(alert=OuterRef("pk"), state__in=WAITING)
    leaving = open_alerts.filter(Q(materialised_at__isnull=True) | Exists(unsent))
    digests = find_outdated_digests(leaving.filter(urgency=Urgency.DIGEST))
    return halt_alerts([*filter_outdated(leaving), *digests], now=now)


def _halt(alert: Alert, now: datetime) -> HaltResult:
    Alert.objects.filter(pk=alert.pk).update(halted_at=Coalesce(F("halted_at"), Value(now)))
    alert.refresh_from_db(fields=["halted_at", "not_after"])
    if cancel_unsent_batch(alert, now=now, size=AT_ONCE) == AT_ONCE:
        notifications.notify(notifications.MAIL)
    after = load_receipt(alert)
    return HaltResult(1, after[DeliveryState.HALTED], after.possibly_sent)
