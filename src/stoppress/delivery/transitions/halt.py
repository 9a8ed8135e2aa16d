"""Halt alerts before they are sent, because an editor decided so or because their post was corrected or withdrawn.

The mark on the alert stops it: a claim checks it before each window. Its deliveries follow in batches
(cancel_unsent.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from stoppress.coverage.localisation.numbers import group_digits
from stoppress.coverage.models import Change
from stoppress.delivery.choices import OUTDATING_CHANGES, DeliveryState, Urgency
from stoppress.delivery.ledger.delivery_states import WAITING
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.ledger.receipt_totals import load_receipt
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.cancel_unsent import cancel_unsent_batch
from stoppress.runtime import notifications

HALTED_AT_ONCE = 1_000
"""Deliveries that are halted together with the mark; the mailer does the rest."""


@dataclass(frozen=True)
class HaltResult:
    """The effect of a halt.

    To halt twice gives the same result twice, whether the mailer, which follows the log, or the desk was first.

    Args:
        alerts: how many alerts were halted.
        halted: how many of their deliveries were never sent.
        already_sent: how many were sent, or possibly sent.
    """

    alerts: int = 0
    halted: int = 0
    already_sent: int = 0

    def summary(self) -> str:
        """Return one sentence for the editor; empty if the post was never sent as an alert."""
        if not self.alerts:
            return ""
        if not self.halted:
            return (
                _("The alert had already been sent to all {already_sent} readers.").format(
                    already_sent=group_digits(self.already_sent)
                )
                if self.already_sent
                else ""
            )
        return _("Stopped before it reached {halted} readers; it had already been sent to {already_sent}.").format(
            halted=group_digits(self.halted),
            already_sent=group_digits(self.already_sent),
        )


def filter_outdated(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Return those of `alerts` whose post was corrected or withdrawn after Send, according to the log."""
    later = Change.objects.filter(post=OuterRef("post"), kind__in=OUTDATING_CHANGES, seq__gt=OuterRef("seq"))
    return alerts.filter(Exists(later))


def filter_unfinished(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Return those of `alerts` with deliveries that may still be sent, or that are not materialised yet."""
    unsettled = Delivery.objects.filter(alert=OuterRef("pk"), state__in=(*WAITING, DeliveryState.IN_FLIGHT))
    return alerts.filter(Q(materialised_at__isnull=True) | Exists(unsettled))


def halt_alerts(alerts: Iterable[Alert], *, now: datetime) -> HaltResult:
    """Halt every unsent delivery of `alerts`, those without a row included."""
    total = HaltResult()
    for alert in alerts:
        result = _halt(alert, now)
        total = HaltResult(total.alerts + 1, total.halted + result.halted, total.already_sent + result.already_sent)
    return total


def halt_outdated_alerts(*, now: datetime) -> HaltResult:
    """Halt alerts whose post was corrected or withdrawn since Send; the mailer calls this before every window."""
    open_alerts = Alert.objects.filter(Q(halted_at__isnull=True), Q(not_after__gt=now))
    unsent = Delivery.objects.filter(alert=OuterRef("pk"), state__in=WAITING)
    unfinished = open_alerts.filter(Q(materialised_at__isnull=True) | Exists(unsent))
    digests = find_outdated_digests(unfinished.filter(urgency=Urgency.DIGEST))
    return halt_alerts([*filter_outdated(unfinished), *digests], now=now)


def mark_halted(alert: Alert, now: datetime) -> bool:
    """Mark the alert as halted: once committed, no window claims its deliveries.

    Returns:
        False if it was halted already, or if nothing is left to halt.
    """
    unmarked = Alert.objects.filter(pk=alert.pk, halted_at__isnull=True)
    return bool(filter_unfinished(unmarked).update(halted_at=now))


def _halt(alert: Alert, now: datetime) -> HaltResult:
    mark_halted(alert, now)
    alert.refresh_from_db(fields=["halted_at", "not_after"])
    if cancel_unsent_batch(alert, now=now, size=HALTED_AT_ONCE) == HALTED_AT_ONCE:
        notifications.notify(notifications.MAIL)
    after = load_receipt(alert)
    return HaltResult(1, after[DeliveryState.HALTED], after.possibly_sent)
