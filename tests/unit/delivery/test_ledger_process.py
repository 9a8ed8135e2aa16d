"""What mailer and clerk say to each other arrives as it was said."""

import pickle
from datetime import UTC, datetime
from uuid import UUID

from stoppress.delivery.choices import DeliveryState, Lane, TransactionalKind
from stoppress.delivery.sender.ledger_process import compact
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery

NOW = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
PARCEL = ClaimedDelivery(
    7, 8, "mila@example.com", "s", "de", UUID(int=9), None, 1, "", 2, NOW, NOW, Lane.BREAKING, frozenset({"storm"})
)
LETTER = PARCEL._replace(alert_id=None, transactional_kind=TransactionalKind.CONFIRM, return_slug="storm", lane=Lane.CONFIRMATION)
SETTLED = SettledDelivery(7, 8, DeliveryState.DEFERRED, 3, 451, "busy", NOW, False)


def arrived(value):
    return pickle.loads(pickle.dumps(compact(value), pickle.HIGHEST_PROTOCOL))


def test_named_tuples_arrive_as_the_list_of_them_that_was_sent():
    for rows in ([PARCEL, LETTER], [SETTLED]):
        found = arrived(rows)
        assert found == rows
        assert type(found) is list and [type(one) for one in found] == [type(one) for one in rows]


def test_everything_else_arrives_as_it_is():
    for value in ([], [1], None, 0, {"rate": 1.5}, {Lane.BREAKING: 25}, ({Lane.DIGEST}, True, False)):
        assert arrived(value) == value
