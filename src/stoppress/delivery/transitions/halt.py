"""Stop what has not left: because an editor said so, or corrected or withdrew what it says.

The mark on the alert stops it: claiming looks at it before each window. The rows follow in slices (closing.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from stoppress.coverage.models import Change
from stoppress.delivery.choices import OVERTAKING, DeliveryState, Urgency
from stoppress.delivery.ledger.delivery_states import WAITING
from stoppress.delivery.ledger.outdated_digests import overtaken_digests
from stoppress.delivery.ledger.receipt_totals import receipt
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.cancel_unsent import close_slice
from stoppress.runtime import notifications

AT_ONCE = 1_000
"""Deliveries halted along with the mark; the mailer does the rest."""


@dataclass(frozen=True)
class Halted:
    """What halting could do: of so many alerts, `halted` deliveries never left, and `already` left (or may have).

    Halting twice says the same twice, whoever was first: the mailer, which follows the log, or the desk.
    """

    alerts: int = 0
    halted: int = 0
    already: int = 0

    def words(self) -> str:
        """For the editor, in one sentence; empty if the post was never sent as an alert."""
        if not self.alerts:
            return ""
        if not self.halted:
            return f"The alert had already gone to all {self.already:,} readers." if self.already else ""
        return f"Stopped before it reached {self.halted:,} readers; {self.already:,} had already been sent it."


def overtaken(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those of `alerts` whose post was corrected or withdrawn after Send, according to the log."""
    later = Change.objects.filter(post=OuterRef("post"), kind__in=OVERTAKING, seq__gt=OuterRef("seq"))
    return alerts.filter(Exists(later))


def halt(alerts: Iterable[Alert], *, now: datetime) -> Halted:
    """Halt every delivery of `alerts` that has not left, the ones not even written down included."""
    total = Halted()
    for alert in alerts:
        done = _halt(alert, now)
        total = Halted(total.alerts + 1, total.halted + done.halted, total.already + done.already)
    return total


def halt_overtaken(*, now: datetime) -> Halted:
    """Halt what the log has overtaken since; the mailer asks before every window."""
    open_alerts = Alert.objects.filter(Q(halted_at__isnull=True), Q(not_after__gt=now))
    unsent = Delivery.objects.filter(alert=OuterRef("pk"), state__in=WAITING)
    leaving = open_alerts.filter(Q(frozen_at__isnull=True) | Exists(unsent))
    digests = overtaken_digests(leaving.filter(urgency=Urgency.DIGEST))
    return halt([*overtaken(leaving), *digests], now=now)


def _halt(alert: Alert, now: datetime) -> Halted:
    Alert.objects.filter(pk=alert.pk).update(halted_at=Coalesce(F("halted_at"), Value(now)))
    alert.refresh_from_db(fields=["halted_at", "not_after"])
    if close_slice(alert, now=now, size=AT_ONCE) == AT_ONCE:
        notifications.ring(notifications.MAIL)
    after = receipt(alert)
    return Halted(1, after[DeliveryState.HALTED], after.gone)
