"""Keep what was decided at earlier Sends before a subscription, or what decides about it, changes.

A change is: confirm, leave, another rhythm or zone, a suppression or its end, a mute or its end, erasure. The changed
subscriber's deliveries of all alerts that are not yet written down are inserted first, as the tables stand; then the
subscriptions are marked as changed, so that no slice looks at them again (recipients.py).
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from stoppress.delivery.ledger.sql_dialects import SUBSCRIPTION, among, execute, ids
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import write_rows
from stoppress.delivery.recipients.recipient_query import FOLLOWED, REPLACED, readers_in, subscribers_between
from stoppress.delivery.recipients.send_order import GENERATION, hold_off_sends


def prepare_change(subscribers: Collection[int], *, now: datetime) -> None:
    """Create these subscribers' deliveries for alerts already sent but not yet materialised, before they change.

    Call it first in the transaction that makes the change, before any row is locked.
    """
    hold_off_sends()
    if not subscribers:
        return
    for alert in _unfinished():
        if alert.corrects_id:
            write_rows(alert, *readers_in(alert, (*FOLLOWED, *REPLACED), subscribers), now)
        else:
            write_rows(alert, *subscribers_between(alert, alert.frozen_upto, alert.watermark, subscribers), now)
    execute(
        f"UPDATE {SUBSCRIPTION} SET generation = {GENERATION} WHERE subscriber_id {among()}",
        [ids(subscribers)],
    )


def _unfinished() -> list[Alert]:
    """Return the alerts that still get rows, locked in one order: mailers and changes never wait in a circle."""
    alerts = Alert.objects.filter(frozen_at__isnull=True).order_by("generation", "pk")
    if connection.vendor == "postgresql":
        alerts = alerts.select_for_update(no_key=True)
    return list(alerts)
