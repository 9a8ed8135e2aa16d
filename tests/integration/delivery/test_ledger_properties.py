"""The receipt's law, and nobody forgotten or doubled, over random histories with the real database."""

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
from tests.factories.alerts import add_subscribers, cancel_all_unsent, materialise_all, send_post_alert, settle_deliveries

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.sampled_from(
        ["freeze", "claim", "board", "accept", "defer", "refuse", "dead", "crash", "leave", "halt", "late", "wait"]
    ),
    max_size=25,
)
LEFT = {State.IN_FLIGHT, State.ACCEPTED, State.REFUSED, State.UNCERTAIN}
"""States of a delivery that left once more than it was deferred; every other delivery did not leave since."""
OUTCOMES = {"accept": State.ACCEPTED, "defer": State.DEFERRED, "refuse": State.REFUSED, "dead": State.REFUSED}


class History:
    """One alert and everything that may happen to it."""

    def __init__(self, blog, post, clock):
        self.clock, self.holder = clock, "first"
        self.alert = send_post_alert(blog, post, clock)
        self.intended = load_receipt(self.alert).intended
        self.sent, self.put_off = Counter(), Counter()
        self.ended = {}

    def step(self, name):
        now = self.clock.tick(1)
        if name == "freeze":
            materialise_batch(now=now, size=3)
        elif name == "claim":
            self.sent.update(parcel.id for parcel in claim_deliveries(3, holder=self.holder, now=now))
        elif name == "board":
            self.board(now)
        elif name in OUTCOMES:
            self.settle(OUTCOMES[name], now, name == "dead")
        elif name == "crash":
            mark_orphans_uncertain(now=now)
            self.holder = str(uuid4())[:16]
        elif name == "leave":
            wish = Subscription.objects.filter(unsubscribed_at__isnull=True).first()
            if wish:
                end_subscription(wish.subscriber_id, wish.topic_id, now=now)
        elif name == "halt":
            halt_alert(self.alert, now=now)
        elif name == "late":
            self.clock.tick(3600)
            cancel_all_unsent(now=self.clock())
        else:
            self.clock.tick(60)
        self.check()

    def board(self, now):
        if connection.vendor == "sqlite":  # with PostgreSQL nobody boards
            boarded = claim_from_subscriptions(self.alert, 2, holder=self.holder, now=now)
            self.sent.update(parcel.id for parcel in boarded.deliveries)
            assert not boarded.more or len(Delivery.objects.all()) < self.intended

    def settle(self, state, now, dead):
        again = now if state is State.DEFERRED else None
        flying = Delivery.objects.filter(state=State.IN_FLIGHT)[:2]
        rows = [SettledDelivery(d.pk, d.subscriber_id, state, d.attempts + 1, 250, "x", again, dead) for d in flying]
        settle_deliveries(rows, holder=self.holder, now=now)
        if state is State.DEFERRED:
            self.put_off.update(row.delivery_id for row in rows)

    def check(self):
        self.alert.refresh_from_db()
        assert load_receipt(self.alert).intended == self.intended
        rows = {row.pk: row for row in Delivery.objects.all()}
        assert len({row.subscriber_id for row in rows.values()}) == len(rows)
        for pk, row in rows.items():
            assert (row.next_attempt_at is not None) == (row.state in (State.PENDING, State.DEFERRED))
            assert self.ended.get(pk, row.state) == row.state
            assert self.sent[pk] == self.put_off[pk] + (row.state in LEFT)
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


def test_nobody_stands_in_an_alerts_ledger_twice(blog, post, clock):
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


def test_what_is_not_in_flight_cannot_be_settled(blog, post, clock):
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


def test_a_mailer_that_was_given_up_for_dead_cannot_settle_any_more(blog, post, clock):
    add_subscribers(1, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    [parcel] = claim_deliveries(5, holder="old", now=clock())
    mark_orphans_uncertain(now=clock())
    accepted = SettledDelivery(parcel.id, parcel.subscriber_id, State.ACCEPTED, 1)
    assert settle_held_deliveries([accepted], holder="old", now=clock()) == 0
    assert load_receipt(alert).words() == "1 uncertain"


def test_breaking_news_goes_first_but_nobody_starves(blog, post, clock):
    add_subscribers(30, clock())
    queue_transactional_mail(TransactionalKind.CONFIRM, Subscriber.objects.first(), breaking_topic(), now=clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    window = claim_deliveries(8, holder="h", now=clock.tick())
    assert [parcel.transactional_kind for parcel in window] == [None] * 7 + [TransactionalKind.CONFIRM]
