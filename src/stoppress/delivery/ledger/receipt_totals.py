"""Add up the ledger of one alert.

The law: *intended is the sum of all states and of the shortfall, at every moment*. `intended` was counted at Send; the
states are counted in the ledger. Neither is computed from the other, and the shortfall is their difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.coverage.localisation.numbers import group_digits
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import POSSIBLY_SENT, WAITING
from stoppress.delivery.models import Alert, Delivery

STATE_LABELS = (
    (DeliveryState.ACCEPTED, gettext_lazy("accepted")),
    (DeliveryState.REFUSED, gettext_lazy("refused")),
    (DeliveryState.UNCERTAIN, gettext_lazy("uncertain")),
    (DeliveryState.IN_FLIGHT, gettext_lazy("on their way")),
    (DeliveryState.PENDING, gettext_lazy("waiting")),
    (DeliveryState.DEFERRED, gettext_lazy("to be tried again")),
    (DeliveryState.HALTED, gettext_lazy("halted")),
    (DeliveryState.SUPPRESSED, gettext_lazy("unsubscribed before it was sent")),
    (DeliveryState.EXPIRED, gettext_lazy("too late to send")),
    (DeliveryState.SUPERSEDED, gettext_lazy("replaced by the corrected version")),
)
"""The states in the order and with the labels that an editor sees."""
SHORTFALL_LABEL = gettext_lazy("missing: counted at Send, but never created")


@dataclass(frozen=True)
class Receipt:
    """How many deliveries are in which state.

    Args:
        counts: deliveries by state.
        shortfall: intended recipients that have no delivery although all are materialised. It is zero unless the
            software or the database is at fault, and negative if there are more deliveries than were intended.
    """

    counts: Mapping[DeliveryState, int]
    shortfall: int = 0

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)

    @property
    def intended(self) -> int:
        """Return the number of intended recipients, counted at Send."""
        return sum(self.counts.values()) + self.shortfall

    @property
    def possibly_sent(self) -> int:
        """Return how many deliveries were sent, or possibly sent."""
        return sum(self[state] for state in POSSIBLY_SENT)

    @property
    def waiting(self) -> int:
        """Return how many deliveries are not sent yet, and still would be."""
        return sum(self[state] for state in WAITING)

    @property
    def is_finished(self) -> bool:
        """Return True if no delivery will change its state by itself."""
        return not self.waiting and not self[DeliveryState.IN_FLIGHT]

    @property
    def stopped(self) -> int:
        """Return how many deliveries a halt kept from being sent, replaced ones included."""
        return self[DeliveryState.HALTED] + self[DeliveryState.SUPERSEDED]

    def rows(self) -> list[tuple[str, int]]:
        """Return label and count of every state with deliveries, for a table."""
        rows = [(str(label), self[state]) for state, label in STATE_LABELS if self[state]]
        return [*rows, (str(SHORTFALL_LABEL), self.shortfall)] if self.shortfall else rows

    def summary(self) -> str:
        """Return `18,204 accepted, 7 refused, 3 waiting`; `no recipients` without any."""
        counts = (f"{group_digits(count)} {label}" for label, count in self.rows())
        return ", ".join(counts) or _("no recipients")


def time_of_halt(alert: Alert, receipt: Receipt) -> datetime | None:
    """Return when the alert was halted; None if it was not, or if everything had left before and nothing was stopped.

    What leaves between the decision and the mark may be the rest of it.
    """
    return alert.halted_at if receipt.stopped or not receipt.is_finished else None


def load_receipt(alert: Alert) -> Receipt:
    """Return the current receipt of `alert`, even if the object is outdated."""
    return load_receipts([alert])[alert.pk]


def load_receipts(alerts: Iterable[Alert]) -> dict[UUID, Receipt]:
    """Return the current receipts of several alerts, by alert id."""
    current = Alert.objects.only("intended", "materialised_at", "halted_at").in_bulk([alert.pk for alert in alerts])
    counts: dict[UUID, dict[DeliveryState, int]] = {pk: {} for pk in current}
    rows = Delivery.objects.filter(alert__in=current).values("alert", "state").order_by()
    for row in rows.annotate(count=Count("id")):
        counts[row["alert"]][DeliveryState(row["state"])] = row["count"]
    return {pk: build_receipt(counts[pk], alert) for pk, alert in current.items()}


def build_receipt(counts: dict[DeliveryState, int], alert: Alert) -> Receipt:
    """Return the receipt for these counts; recipients without a row count as pending, or as halted if the alert is.

    A halted alert has nothing pending, although it takes some seconds to update a million rows.
    """
    missing = alert.intended - sum(counts.values())
    unmaterialised = 0 if alert.materialised_at else max(0, missing)
    if unmaterialised:
        counts = counts | {DeliveryState.PENDING: counts.get(DeliveryState.PENDING, 0) + unmaterialised}
    if alert.halted_at:
        stopped = sum(counts.get(state, 0) for state in (*WAITING, DeliveryState.HALTED))
        counts = {state: count for state, count in counts.items() if state not in WAITING}
        counts |= {DeliveryState.HALTED: stopped} if stopped else {}
    return Receipt(counts, shortfall=missing - unmaterialised)
