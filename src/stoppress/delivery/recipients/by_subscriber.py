"""All that was written down for one reader.

No index of the ledger begins with the subscriber: each row of an alert would touch another page of it. So one reader's
rows are looked up alert by alert, of which there are some thousands, and that is asked for seldom.
"""

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from stoppress.delivery.ledger.sql_dialects import ALERT, DELIVERY
from stoppress.delivery.models import Delivery

IDS = f"""
SELECT d.id FROM {ALERT} a CROSS JOIN {DELIVERY} d WHERE d.alert_id = a.id AND d.subscriber_id = %s
UNION ALL SELECT l.id FROM {DELIVERY} l WHERE l.alert_id IS NULL AND l.subscriber_id = %s
"""
"""In this order: SQLite reads what stands left of CROSS JOIN first."""


def deliveries_to_subscriber(subscriber_id: int) -> QuerySet[Delivery]:
    """The deliveries to one subscriber, letters included, in no order."""
    return Delivery.objects.filter(pk__in=RawSQL(IDS, [subscriber_id, subscriber_id]))
