"""The receipt's law, and nobody forgotten or doubled, over random histories with the real database."""

from collections import Counter
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.alerts.actions import breaking_topic, halt_alert, receipt
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane, Letter
from stoppress.delivery.errors import IllegalMove, LeaseLost
from stoppress.delivery.ledger.queue_transactional_mail import post_letter
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.materialise_recipients import freeze_slice
from stoppress.delivery.transitions.claim_deliveries import claim
from stoppress.delivery.transitions.claim_subscribers import board
from stoppress.delivery.transitions.expire import expire
from stoppress.delivery.transitions.settle import Settlement, give_up_for_dead, settle
from stoppress.signup.actions.unsubscribe import leave_by_address
from stoppress.subscribers.models import Subscriber, Subscription
from tests.factories.alerts import add_readers, freeze_all, send

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
        self.alert = send(blog, post, clock)
        self.intended = receipt(self.alert).intended
        self.sent, self.put_off = Counter(), Counter()
        self.ended = {}

    def step(self, name):
        now = self.clock.tick(1)
        if name == "freeze":
            freeze_slice(now=now, size=3)
        elif name == "claim":
            self.sent.update(parcel.id for parcel in claim(3, holder=self.holder, now=now))
        elif name == "board":
            self.board(now)
        elif name in OUTCOMES:
            self.settle(OUTCOMES[name], now, name == "dead")
        elif name == "crash":
            give_up_for_dead(now=now)
            self.holder = str(uuid4())[:16]
        elif name == "leave":
            wish = Subscription.objects.filter(left_at__isnull=True).first()
            if wish:
                leave_by_address(wish.subscriber_id, wish.topic_id, now=now)
        elif name == "halt":
            halt_alert(self.alert, now=now)
        elif name == "late":
            self.clock.tick(3600)
            expire(now=self.clock())
        else:
            self.clock.tick(60)
        self.check()

    def board(self, now):
        if connection.vendor == "sqlite":  # with PostgreSQL nobody boards
            boarded = board(self.alert, 2, holder=self.holder, now=now)
            self.sent.update(parcel.id for parcel in boarded.parcels)
            assert not boarded.more or len(Delivery.objects.all()) < self.intended

    def settle(self, state, now, dead):
        again = now if state is State.DEFERRED else None
        flying = Delivery.objects.filter(state=State.IN_FLIGHT)[:2]
        rows = [Settlement(d.pk, d.subscriber_id, state, d.attempts + 1, 250, "x", again, dead) for d in flying]
        settle(rows, holder=self.holder, now=now)
        if state is State.DEFERRED:
            self.put_off.update(row.delivery_id for row in rows)

    def check(self):
        self.alert.refresh_from_db()
        assert receipt(self.alert).intended == self.intended
        rows = {row.pk: row for row in Delivery.objects.all()}
        assert len({row.subscriber_id for row in rows.values()}) == len(rows)
        for pk, row in rows.items():
            assert (row.next_at is not None) == (row.state in (State.PENDING, State.DEFERRED))
            assert self.ended.get(pk, row.state) == row.state
            assert self.sent[pk] == self.put_off[pk] + (row.state in LEFT)
            if row.state not in (State.PENDING, State.DEFERRED, State.IN_FLIGHT):
                self.ended[pk] = State(row.state)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_intended_is_the_sum_of_all_states_at_every_moment(blog, post, clock, steps):
    with transaction.atomic():
        add_readers(7, clock())
        history = History(blog, post, clock)
        for name in steps:
            history.step(name)
        freeze_all(clock)
        history.check()
        assert Delivery.objects.count() == history.intended
        transaction.set_rollback(True)


def test_nobody_stands_in_an_alerts_ledger_twice(blog, post, clock):
    add_readers(1, clock())
    alert = send(blog, post, clock)
    freeze_all(clock)
    row = Delivery.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(alert=alert, subscriber=row.subscriber, lane=Lane.BREAKING, made_at=clock())
    alert.frozen_at, alert.frozen_upto = None, 0
    alert.save()
    freeze_all(clock)
    assert Delivery.objects.count() == 1


def test_what_is_not_in_flight_cannot_be_settled(blog, post, clock):
    add_readers(1, clock())
    send(blog, post, clock)
    freeze_all(clock)
    row = Delivery.objects.get()
    with pytest.raises(LeaseLost):
        settle([Settlement(row.pk, row.subscriber_id, State.ACCEPTED, 1)], holder="h", now=clock())
    with pytest.raises(IllegalMove):
        settle([Settlement(row.pk, row.subscriber_id, State.HALTED, 1)], holder="h", now=clock())


def test_a_mailer_that_was_given_up_for_dead_cannot_settle_any_more(blog, post, clock):
    add_readers(1, clock())
    alert = send(blog, post, clock)
    freeze_all(clock)
    [parcel] = claim(5, holder="old", now=clock())
    give_up_for_dead(now=clock())
    with pytest.raises(LeaseLost):
        settle([Settlement(parcel.id, parcel.subscriber_id, State.ACCEPTED, 1)], holder="old", now=clock())
    assert receipt(alert).words() == "1 uncertain"


def test_breaking_news_goes_first_but_nobody_starves(blog, post, clock):
    add_readers(30, clock())
    post_letter(Letter.CONFIRM, Subscriber.objects.first(), breaking_topic(), now=clock())
    send(blog, post, clock)
    freeze_all(clock, size=100)
    window = claim(8, holder="h", now=clock.tick())
    assert [parcel.letter for parcel in window] == [None] * 7 + [Letter.CONFIRM]
