"""Stop an alert that is on its way."""

from datetime import datetime
from uuid import UUID

from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.halt import HaltResult, halt_alerts, filter_outdated


def halt_for_post(post_id: UUID | str, *, now: datetime) -> HaltResult:
    """After a post was corrected or withdrawn: halt what has not left of the alerts that the log has overtaken.

    The mailer does the same by itself before its next window; this does it at once, and says how it went. An alert
    sent after the correction is not touched.
    """
    return halt_alerts(filter_outdated(Alert.objects.filter(post_id=post_id)), now=now)


def halt_alert(alert: Alert, *, now: datetime) -> HaltResult:
    """Halt what has not left of one alert, whatever the reason."""
    return halt_alerts([alert], now=now)
