"""Halt an alert that is being sent."""

from datetime import datetime
from uuid import UUID

from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.halt import HaltResult, filter_outdated, halt_alerts


def halt_for_post(post_id: UUID | str, *, now: datetime) -> HaltResult:
    """Halt the unsent deliveries of alerts that a correction or withdrawal of their post has outdated.

    The mailer also does this before its next window. This call does it at once, and returns the result. An alert sent
    after the correction is not halted.
    """
    return halt_alerts(filter_outdated(Alert.objects.filter(post_id=post_id)), now=now)


def halt_alert(alert: Alert, *, now: datetime) -> HaltResult:
    """Halt the unsent deliveries of one alert, whatever the reason."""
    return halt_alerts([alert], now=now)
