"""Keep the recipients of earlier Sends before a subscription, or something that decides about it, changes.

A change is: to confirm, to unsubscribe, another frequency or zone, a suppression or its end, a mute or its end, an
erasure. First the subscriber's deliveries of all alerts that are not yet materialised are inserted, from the
current tables. Then the subscriptions are marked as changed, so that no batch selects them again (recipient_query.py).
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from stoppress.delivery.ledger.sql_dialects import SUBSCRIPTION, execute, in_keys, keys_parameter
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import insert_deliveries
from stoppress.delivery.recipients.recipient_query import (
    REACHED,
    SUPERSEDABLE,
    select_corrected_states,
    select_subscriptions,
)
from stoppress.delivery.recipients.send_order import CURRENT_GENERATION, block_sends


def materialise_before_change(subscriber_ids: Collection[int], *, now: datetime) -> None:
    """Create these subscribers' deliveries for alerts already sent but not yet materialised, before they change.

    Call it first in the transaction that makes the change, before any row is locked.
    """
    block_sends()
    if not subscriber_ids:
        return
    for alert in _lock_unmaterialised():
        if alert.corrects_id:
            insert_deliveries(alert, select_corrected_states(alert, (*REACHED, *SUPERSEDABLE), subscriber_ids), now)
        else:
            first, last = alert.materialised_up_to_id, alert.last_source_id
            insert_deliveries(alert, select_subscriptions(alert, first, last, subscriber_ids), now)
    execute(
        f"UPDATE {SUBSCRIPTION} SET generation = {CURRENT_GENERATION} WHERE subscriber_id {in_keys()}",
        [keys_parameter(subscriber_ids)],
    )


def _lock_unmaterialised() -> list[Alert]:
    """Return the alerts that are not materialised, locked in one order, so that mailers and changes cannot deadlock."""
    alerts = Alert.objects.filter(materialised_at__isnull=True).order_by("generation", "pk")
    if connection.vendor == "postgresql":
        alerts = alerts.select_for_update(no_key=True)
    return list(alerts)
