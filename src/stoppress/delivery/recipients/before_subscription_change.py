"""Keep what was decided at earlier Sends before a subscription, or what decides about it, changes.

A change is: confirm, leave, another frequency or zone, a suppression or its end, a mute or its end, erasure. The changed
subscriber's deliveries of all alerts that are not yet written down are inserted first, as the tables stand; then the
subscriptions are marked as changed, so that no slice looks at them again (recipients.py).
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from stoppress.delivery.ledger.sql_dialects import SUBSCRIPTION, in_keys, execute, keys_parameter
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import insert_deliveries
from stoppress.delivery.recipients.recipient_query import REACHED, SUPERSEDABLE, select_corrected_states, select_subscriptions
from stoppress.delivery.recipients.send_order import CURRENT_GENERATION, block_sends


def materialise_before_change(subscribers: Collection[int], *, now: datetime) -> None:
    """Create these subscribers' deliveries for alerts already sent but not yet materialised, before they change.

    Call it first in the transaction that makes the change, before any row is locked.
    """
    block_sends()
    if not subscribers:
        return
    for alert in _unfinished():
        if alert.corrects_id:
            insert_deliveries(alert, *select_corrected_states(alert, (*REACHED, *SUPERSEDABLE), subscribers), now)
        else:
            insert_deliveries(alert, *select_subscriptions(alert, alert.materialised_up_to_id, alert.last_source_id, subscribers), now)
    execute(
        f"UPDATE {SUBSCRIPTION} SET generation = {CURRENT_GENERATION} WHERE subscriber_id {in_keys()}",
        [keys_parameter(subscribers)],
    )


def _unfinished() -> list[Alert]:
    """Return the alerts that still get rows, locked in one order: mailers and changes never wait in a circle."""
    alerts = Alert.objects.filter(materialised_at__isnull=True).order_by("generation", "pk")
    if connection.vendor == "postgresql":
        alerts = alerts.select_for_update(no_key=True)
    return list(alerts)
