"""Alerts as the desk tells of them."""

from dataclasses import dataclass
from uuid import UUID

from stoppress.alerts.actions import Halted, Receipt, alerts_of_post, receipt
from stoppress.alerts.models import Alert
from stoppress.coverage.models import LiveBlog

RECENT = 5


@dataclass(frozen=True)
class Sent:
    """One alert and its receipt as they are now."""

    alert: Alert
    receipt: Receipt

    @property
    def words(self) -> str:
        """Where its deliveries stand, in one line."""
        return self.receipt.words()

    @property
    def rows(self) -> list[tuple[str, int]]:
        """The same as a table."""
        return self.receipt.rows()

    @property
    def intended(self) -> int:
        """How many it was meant for."""
        return self.receipt.intended

    @property
    def under_way(self) -> bool:
        """Whether its figures may still change."""
        return not self.receipt.finished


def sent(alert: Alert) -> Sent:
    """One alert with its receipt."""
    return Sent(alert, receipt(alert))


def recent_of(blog: LiveBlog) -> list[Sent]:
    """The newest alerts of one live blog."""
    return [sent(alert) for alert in Alert.objects.filter(blog=blog).order_by("-created_at")[:RECENT]]


def alerts_sent(post_id: UUID) -> dict[str, list[Sent]]:
    """For templates: what was sent of one post, newest first."""
    return {"sent_before": [sent(alert) for alert in alerts_of_post(post_id)]}


def halted_in_words(halted: Halted) -> str:
    """What halting did, in one sentence; nothing if the post never was an alert."""
    return halted.words()
