"""The ledger of one alert added up.

The law: *intended is the sum of all states and of the shortfall, at every moment*. `intended` was counted at Send, the
states are counted in the ledger: neither is computed from the other, and the shortfall is their difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import POSSIBLY_SENT, WAITING
from stoppress.delivery.models import Alert, Delivery

STATE_LABELS = (
    (DeliveryState.ACCEPTED, "accepted"),
    (DeliveryState.REFUSED, "refused"),
    (DeliveryState.UNCERTAIN, "uncertain"),
    (DeliveryState.IN_FLIGHT, "on their way"),
    (DeliveryState.PENDING, "waiting"),
    (DeliveryState.DEFERRED, "to be tried again"),
    (DeliveryState.HALTED, "halted"),
    (DeliveryState.SUPPRESSED, "left before it went out"),
    (DeliveryState.EXPIRED, "too late to send"),
    (DeliveryState.SUPERSEDED, "replaced by the corrected version"),
)
"""The states in the order and the words in which an editor is told of them."""


SHORTFALL_LABEL = "missing: counted at Send, but not written down"


@dataclass(frozen=True)
class Receipt:
    """How many deliveries stand where.

    `shortfall`: of those whom the alert was for, how many have no delivery although all are written down. It is zero
    unless the software or the database is at fault; negative if there are more deliveries than were intended.
    """

    counts: Mapping[DeliveryState, int]
    shortfall: int = 0

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)

    @property
    def intended(self) -> int:
        """How many the alert was for, as counted at Send."""
        return sum(self.counts.values()) + self.shortfall

    @property
    def possibly_sent(self) -> int:
        """How many have left, or may have."""
        return sum(self[state] for state in POSSIBLY_SENT)

    @property
    def waiting(self) -> int:
        """How many have not left yet, and still would."""
        return sum(self[state] for state in WAITING)

    @property
    def is_finished(self) -> bool:
        """Whether nothing will move any more."""
        return not self.waiting and not self[DeliveryState.IN_FLIGHT]

    def rows(self) -> list[tuple[str, int]]:
        """Words and count of every state that has any, for a table."""
        found = [(words, self[state]) for state, words in STATE_LABELS if self[state]]
        return [*found, (SHORTFALL_LABEL, self.shortfall)] if self.shortfall else found

    def words(self) -> str:
        """`18,204 accepted, 7 refused, 3 waiting`; `nobody has signed up yet` where there is nobody."""
        return ", ".join(f"{count:,} {words}" for words, count in self.rows()) or "nobody has signed up yet"


def load_receipt(alert: Alert) -> Receipt:
    """The receipt of `alert` now, however old the object in hand is."""
    return load_receipts([alert])[alert.pk]


def load_receipts(alerts: Iterable[Alert]) -> dict[UUID, Receipt]:
    """Several at once, by alert."""
    current = Alert.objects.only("intended", "materialised_at", "halted_at").in_bulk([alert.pk for alert in alerts])
    counts: dict[UUID, dict[DeliveryState, int]] = {pk: {} for pk in current}
    rows = Delivery.objects.filter(alert__in=current).values("alert", "state").order_by()
    for row in rows.annotate(count=Count("id")):
        counts[row["alert"]][DeliveryState(row["state"])] = row["count"]
    return {pk: build_receipt(counts[pk], alert) for pk, alert in current.items()}


def build_receipt(counts: dict[DeliveryState, int], alert: Alert) -> Receipt:
    """Rows counted by state, and those whose row is still to be written: they wait, or are halted like the alert.

    Of a halted alert nothing waits any more, although a million rows take some seconds to say so.
    """
    missing = alert.intended - sum(counts.values())
    unwritten = 0 if alert.materialised_at else max(0, missing)
    if unwritten:
        counts = counts | {DeliveryState.PENDING: counts.get(DeliveryState.PENDING, 0) + unwritten}
    if alert.halted_at:
        stopped = sum(counts.get(state, 0) for state in (*WAITING, DeliveryState.HALTED))
        counts = {state: count for state, count in counts.items() if state not in WAITING}
        counts |= {DeliveryState.HALTED: stopped} if stopped else {}
    return Receipt(counts, shortfall=missing - unwritten)
