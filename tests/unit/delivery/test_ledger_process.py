"""Values arrive unchanged when mailer and ledger process exchange them."""

import pickle
from datetime import UTC, datetime
from uuid import UUID

from stoppress.delivery.choices import DeliveryState, Lane, TransactionalKind
from stoppress.delivery.sender.ledger_process import compact
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery

NOW = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
ALERT_DELIVERY = ClaimedDelivery(
    7, 8, "mila@example.com", "s", "de", UUID(int=9), None, 1, "", 2, NOW, NOW, Lane.BREAKING, frozenset({"storm"})
)
TRANSACTIONAL_DELIVERY = ALERT_DELIVERY._replace(
    alert_id=None, transactional_kind=TransactionalKind.CONFIRM, return_slug="storm", lane=Lane.CONFIRMATION
)
SETTLED = SettledDelivery(7, 8, DeliveryState.DEFERRED, 3, 451, "busy", NOW, False)


def transferred(value):
    return pickle.loads(pickle.dumps(compact(value), pickle.HIGHEST_PROTOCOL))


def test_list_of_named_tuples_arrives_unchanged():
    for rows in ([ALERT_DELIVERY, TRANSACTIONAL_DELIVERY], [SETTLED]):
        result = transferred(rows)
        assert result == rows
        assert type(result) is list and [type(row) for row in result] == [type(row) for row in rows]


def test_other_values_arrive_unchanged():
    for value in ([], [1], None, 0, {"rate": 1.5}, {Lane.BREAKING: 25}, ({Lane.DIGEST}, True, False)):
        assert transferred(value) == value
