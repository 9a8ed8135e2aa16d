"""Query all deliveries to one subscriber.

No index of the ledger begins with the subscriber, because then each row of an alert would change another page of it. So
one subscriber's deliveries are looked up alert by alert. There are some thousands of alerts, and the query is rare.
"""

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from stoppress.delivery.ledger.sql_dialects import ALERT, DELIVERY
from stoppress.delivery.models import Delivery

DELIVERY_IDS = f"""
SELECT d.id FROM {ALERT} a CROSS JOIN {DELIVERY} d WHERE d.alert_id = a.id AND d.subscriber_id = %s
UNION ALL SELECT l.id FROM {DELIVERY} l WHERE l.alert_id IS NULL AND l.subscriber_id = %s
"""
"""Ids of deliveries to one subscriber, by the unique index (alert, subscriber).

The first part looks up each alert; the second part looks up alert IS NULL, which is transactional mail. SQLite reads
the table left of CROSS JOIN first.
"""


def deliveries_to_subscriber(subscriber_id: int) -> QuerySet[Delivery]:
    """Return the deliveries to one subscriber, transactional mail included, in no order."""
    return Delivery.objects.filter(pk__in=RawSQL(DELIVERY_IDS, [subscriber_id, subscriber_id]))
