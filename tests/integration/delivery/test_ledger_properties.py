"""The receipt's law holds, and no recipient is lost or doubled, over random histories with the real database."""

from collections import Counter
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.alerts.actions import breaking_topic, halt_alert, load_receipt
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane, TransactionalKind
from stoppress.delivery.errors import IllegalTransitionError
from stoppress.delivery.ledger.queue_transactional_mail import queue_transactional_mail
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.claim_subscribers import claim_from_subscriptions
from stoppress.delivery.transitions.settle import SettledDelivery, mark_orphans_uncertain, settle_held_deliveries
from stoppress.signup.actions.unsubscribe import end_subscription
from stoppress.subscribers.models import Subscriber, Subscription
from tests.factories.alerts import (
    add_subscribers,
    cancel_all_unsent,
    materialise_all,
    send_post_alert,
    settle_deliveries,
)

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.sampled_from(
        [
            "materialise",
            "claim",
            "claim_directly",
            "accept",
            "defer",
            "refuse",
            "dead",
            "crash",
            "leave",
            "halt",
            "late",
            "wait",
        ]
    ),
    max_size=25,
)
SENT_STATES = {State.IN_FLIGHT, State.ACCEPTED, State.REFUSED, State.UNCERTAIN}
"""States of a delivery that was sent once more often than it was deferred; others were deferred as often as sent."""
OUTCOMES = {"accept": State.ACCEPTED, "defer": State.DEFERRED, "refuse": State.REFUSED, "dead": State.REFUSED}


class History:
    """One alert and every event that may happen to it."""

    def __init__(self, blog, post, clock):
        self.clock, self.holder = clock, "first"
        self.alert = send_post_alert(blog, post, clock)
        self.intended = load_receipt(self.alert).intended
        self.sent, self.deferred = Counter(), Counter()
        self.ended = {}

    def step(self, name):
        now = self.clock.tick(1)
        if name == "materialise":
            materialise_batch(now=now, size=3)
        elif name == "claim":
            self.sent.update(delivery.id for delivery in claim_deliveries(3, holder=self.holder, now=now))
        elif name == "claim_directly":
            self.claim_directly(now)
        elif name in OUTCOMES:
            self.settle(OUTCOMES[name], now, name == "dead")
        elif name == "crash":
            mark_orphans_uncertain(now=now)
            self.holder = str(uuid4())[:16]
        elif name == "leave":
            subscription = Subscription.objects.filter(unsubscribed_at__isnull=True).first()
            if subscription:
                end_subscription(subscription.subscriber_id, subscription.topic_id, now=now)
        elif name == "halt":
            halt_alert(self.alert, now=now)
        elif name == "late":
            self.clock.tick(3600)
            cancel_all_unsent(now=self.clock())
        else:
            self.clock.tick(60)
        self.check()

    def claim_directly(self, now):
        if connection.vendor == "sqlite":  # the histories claim directly on SQLite only
            claimed = claim_from_subscriptions(self.alert, 2, holder=self.holder, now=now)
            self.sent.update(delivery.id for delivery in claimed.deliveries)
            assert not claimed.has_more or len(Delivery.objects.all()) < self.intended

    def settle(self, state, now, dead):
        again = now if state is State.DEFERRED else None
        in_flight = Delivery.objects.filter(state=State.IN_FLIGHT)[:2]
        rows = [SettledDelivery(d.pk, d.subscriber_id, state, d.attempts + 1, 250, "x", again, dead) for d in in_flight]
        settle_deliveries(rows, holder=self.holder, now=now)
        if state is State.DEFERRED:
            self.deferred.update(row.delivery_id for row in rows)

    def check(self):
        self.alert.refresh_from_db()
        assert load_receipt(self.alert).intended == self.intended
        rows = {row.pk: row for row in Delivery.objects.all()}
        assert len({row.subscriber_id for row in rows.values()}) == len(rows)
        for pk, row in rows.items():
            assert (row.next_attempt_at is not None) == (row.state in (State.PENDING, State.DEFERRED))
            assert self.ended.get(pk, row.state) == row.state
            assert self.sent[pk] == self.deferred[pk] + (row.state in SENT_STATES)
            if row.state not in (State.PENDING, State.DEFERRED, State.IN_FLIGHT):
                self.ended[pk] = State(row.state)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_intended_is_the_sum_of_all_states_at_every_moment(blog, post, clock, steps):
    with transaction.atomic():
        add_subscribers(7, clock())
        history = History(blog, post, clock)
        for name in steps:
            history.step(name)
        materialise_all(clock)
        history.check()
        assert Delivery.objects.count() == history.intended
        transaction.set_rollback(True)


def test_subscriber_has_at_most_one_delivery_of_an_alert(blog, post, clock):
    add_subscribers(1, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    row = Delivery.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(alert=alert, subscriber=row.subscriber, lane=Lane.BREAKING, created_at=clock())
    alert.materialised_at, alert.materialised_up_to_id = None, 0
    alert.save()
    materialise_all(clock)
    assert Delivery.objects.count() == 1


def test_settle_changes_nothing_when_the_delivery_is_not_in_flight(blog, post, clock):
    add_subscribers(1, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    row = Delivery.objects.get()
    accepted = SettledDelivery(row.pk, row.subscriber_id, State.ACCEPTED, 1)
    assert settle_held_deliveries([accepted], holder="h", now=clock()) == 0
    row.refresh_from_db()
    assert row.state == State.PENDING
    with pytest.raises(IllegalTransitionError):
        settle_held_deliveries([SettledDelivery(row.pk, row.subscriber_id, State.HALTED, 1)], holder="h", now=clock())


def test_settle_changes_nothing_when_the_mailer_was_declared_dead(blog, post, clock):
    add_subscribers(1, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    [delivery] = claim_deliveries(5, holder="old", now=clock())
    mark_orphans_uncertain(now=clock())
    accepted = SettledDelivery(delivery.id, delivery.subscriber_id, State.ACCEPTED, 1)
    assert settle_held_deliveries([accepted], holder="old", now=clock()) == 0
    assert load_receipt(alert).summary() == "1 uncertain"


def test_breaking_news_goes_first_and_no_lane_starves(blog, post, clock):
    add_subscribers(30, clock())
    queue_transactional_mail(TransactionalKind.CONFIRM, Subscriber.objects.first(), breaking_topic(), now=clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    window = claim_deliveries(8, holder="h", now=clock.tick())
    assert [delivery.transactional_kind for delivery in window] == [None] * 7 + [TransactionalKind.CONFIRM]
