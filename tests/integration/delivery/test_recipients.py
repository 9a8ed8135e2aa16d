"""The order of commits decides the recipients: no clock and no later change adds, drops or doubles one."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.alerts.actions import breaking_topic, load_receipt
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.service.monitoring.alarms import find_alarms
from stoppress.service.monitoring.mail_statistics import mail_statistics
from stoppress.service.monitoring.system_status import SystemStatus
from stoppress.signup.actions import save_choices
from stoppress.signup.actions.erase_subscriber import erase_subscriber
from stoppress.signup.actions.mute_story import mute_story, unmute_story
from stoppress.signup.actions.unsubscribe import end_subscription, undo_unsubscribe
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscriber, Subscription, Suppression
from stoppress.subscribers.signed_links import UndoLink, make_mute_token, make_undo_token
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert, settle_deliveries

pytestmark = pytest.mark.django_db

TWO_MINUTES, TWO_HOURS = timedelta(seconds=120), timedelta(hours=2)


def add_unsubscribed_readers(number, now):
    names = [f"n{n}@example.com" for n in range(number)]
    return [Subscriber.objects.create(email=name, key=name, requested_at=now) for name in names]


def join(subscriber, now, frequency=Frequency.INSTANT):
    save_choices(subscriber, {"breaking": frequency}, now=now)


def recipients(alert):
    return set(Delivery.objects.filter(alert=alert).values_list("subscriber_id", flat=True))


@pytest.mark.parametrize("skew", [TWO_MINUTES, -TWO_MINUTES])
def test_reader_who_subscribed_before_send_gets_it_when_two_clocks_differ(blog, post, clock, skew):
    breaking_topic()
    readers = add_unsubscribed_readers(20, clock())
    for number, reader in enumerate(readers):
        join(reader, clock() + (skew if number % 2 else timedelta()))
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock, size=3)
    alert.refresh_from_db()
    assert (alert.intended, len(recipients(alert)), load_receipt(alert).intended, load_receipt(alert).shortfall) == (
        20,
        20,
        20,
        0,
    )
    assert len(claim_deliveries(100, holder="m", now=clock())) == 20


@pytest.mark.parametrize("skew", [TWO_MINUTES, -TWO_MINUTES])
def test_reader_who_unsubscribed_before_send_does_not_get_it_when_two_clocks_differ(blog, post, clock, skew):
    add_subscribers(20, clock())
    for reader in Subscriber.objects.order_by("pk")[:10]:
        end_subscription(reader.pk, breaking_topic().pk, now=clock() + skew)
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock, size=3)
    alert.refresh_from_db()
    assert (alert.intended, len(recipients(alert))) == (10, 10)


def test_no_recipient_is_lost_when_the_clock_was_set_back_before_send(blog, post, clock):
    add_subscribers(30, clock())
    for reader in add_unsubscribed_readers(30, clock()):
        join(reader, clock())
    clock.moment -= TWO_HOURS
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock, size=7)
    alert.refresh_from_db()
    assert (alert.intended, len(recipients(alert))) == (60, 60)


def test_alert_is_not_sent_to_readers_who_subscribe_after_send_whatever_their_clock(blog, post, clock):
    add_subscribers(4, clock())
    unsubscribed = Subscriber.objects.order_by("pk")[0]
    unsubscribed_at = clock()
    end_subscription(unsubscribed.pk, breaking_topic().pk, now=unsubscribed_at)
    alert = send_post_alert(blog, post, clock)
    for reader in add_unsubscribed_readers(3, clock()):
        join(reader, clock() - TWO_HOURS)
    undo_unsubscribe(make_undo_token(UndoLink(unsubscribed.pk, breaking_topic().pk, unsubscribed_at)), now=clock())
    materialise_all(clock, size=2)
    alert.refresh_from_db()
    assert (alert.intended, len(recipients(alert)), load_receipt(alert).shortfall) == (3, 3, 0)
    assert unsubscribed.pk not in recipients(alert)


def test_reader_who_unsubscribes_before_materialisation_is_intended_and_suppressed(blog, post, clock):
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    for reader in Subscriber.objects.order_by("-pk")[:2]:
        end_subscription(reader.pk, breaking_topic().pk, now=clock() - TWO_HOURS)
    materialise_all(clock, size=2)
    assert len(claim_deliveries(100, holder="m", now=clock())) == 3
    found = load_receipt(alert)
    assert (found.intended, found[State.IN_FLIGHT], found[State.SUPPRESSED], found.shortfall) == (5, 3, 2, 0)


def test_correction_goes_to_readers_in_flight_at_send_when_refused_or_erased_later(
    blog,
    post,
    clock,
):
    add_subscribers(7, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    deliveries = claim_deliveries(5, holder="m", now=clock())
    accepted = [
        SettledDelivery(delivery.id, delivery.subscriber_id, State.ACCEPTED, 1, 250) for delivery in deliveries[:3]
    ]
    settle_deliveries(accepted, holder="m", now=clock())
    correction = send_post_alert(blog, post, clock, corrects=alert, urgency="correction", again=True)
    assert correction.intended == 7
    refused = [
        SettledDelivery(delivery.id, delivery.subscriber_id, State.REFUSED, 1, 550, "x", None, True)
        for delivery in deliveries[3:]
    ]
    settle_deliveries(refused, holder="m", now=clock() - TWO_HOURS)
    reached = Subscriber.objects.get(
        deliveries__alert=alert, deliveries__state=State.ACCEPTED, pk=accepted[0].subscriber_id
    )
    erase_subscriber(reached, now=clock())
    materialise_all(clock, size=2)
    correction.refresh_from_db()
    assert (correction.intended, len(recipients(correction)), correction.shortfall) == (7, 7, 0)
    assert load_receipt(alert)[State.SUPERSEDED] == 2


def test_shortfall_adds_a_line_to_the_receipt_and_raises_an_alarm(blog, post, clock, caplog):
    add_subscribers(6, clock())
    alert = send_post_alert(blog, post, clock)
    lost = Subscription.objects.order_by("-pk")[:2]
    Subscription.objects.filter(pk__in=[subscription.pk for subscription in lost]).update(
        unsubscribed_at=clock()
    )  # without the program's own functions
    materialise_all(clock, size=3)
    claim_deliveries(100, holder="m", now=clock())
    alert.refresh_from_db()
    found = load_receipt(alert)
    assert (alert.intended, found.intended, found[State.IN_FLIGHT], found.shortfall) == (6, 6, 4, 2)
    assert found.rows() == [("on their way", 4), ("missing: counted at Send, but never created", 2)]
    assert "2 of the 6 counted at Send have no delivery" in caplog.text
    figures = mail_statistics(clock(), watched_since=clock())
    assert figures.shortfalls == {str(alert.pk): 2}
    raised = {alarm.code: alarm.text for alarm in find_alarms(SystemStatus(mail=figures), clock())}
    assert raised["shortfall"].endswith(f"counted at Send: {alert.pk}: 2")


def test_send_lock_raises_when_no_transaction_is_open(transactional_db):
    with pytest.raises(RuntimeError, match="must be taken inside a transaction"):
        begin_send()


ACTS = ["join", "morning", "leave", "suppress", "lift", "mute", "unmute", "erase"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.sampled_from(["send", "materialise", "claim"]), st.just(0), st.integers(0, 2)),
    ),
    max_size=40,
)
OFFSETS = st.lists(st.integers(-7300, 7300), min_size=3, max_size=3)


class CommitOrder:
    """Six readers, three processes with clocks of their own, and a model of what was committed in which order."""

    def __init__(self, blog, post, clock, offsets):
        self.blog, self.post, self.clock, self.offsets = blog, post, clock, offsets
        breaking_topic()
        self.readers = add_unsubscribed_readers(6, clock())
        self.frequency = {}
        self.suppressed, self.muted, self.erased = set(), set(), set()
        self.expected = {}

    def step(self, name, number, process):
        self.clock.tick(1)
        now = self.clock() + timedelta(seconds=self.offsets[process])
        if name == "send":
            self.send(now)
        elif name == "materialise":
            materialise_batch(now=now, size=2)
        elif name == "claim":
            claim_deliveries(2, holder="m", now=now)
        elif number not in self.erased:
            self.change(name, number, now)
        for pk, expected in self.expected.items():
            assert Alert.objects.get(pk=pk).intended == len(expected)

    def change(self, name, number, now):
        reader = self.readers[number]
        if name in ("join", "morning"):
            frequency = Frequency.INSTANT if name == "join" else Frequency.MORNING
            join(reader, now, frequency)
            self.frequency[number] = frequency
        elif name == "leave":
            end_subscription(reader.pk, breaking_topic().pk, now=now)
            self.frequency.pop(number, None)
        elif name == "suppress":
            materialise_before_change([reader.pk], now=now)
            Suppression.objects.create(subscriber=reader, reason="complaint", at=now)
            self.suppressed.add(number)
        elif name == "lift":
            materialise_before_change([reader.pk], now=now)
            reader.suppressions.update(lifted_at=now)
            self.suppressed.discard(number)
        elif name == "mute":
            mute_story(make_mute_token(reader.pk, self.blog.pk), now=now)
            self.muted.add(number)
        elif name == "unmute":
            unmute_story(reader, self.blog.slug, now=now)
            self.muted.discard(number)
        else:
            erase_subscriber(reader, now=now)
            self.erased.add(number)

    def send(self, now):
        alert = send_post_alert(self.blog, self.post, lambda: now, again=True)
        out = self.suppressed | self.muted | self.erased
        self.expected[alert.pk] = {
            self.readers[number].pk
            for number, frequency in self.frequency.items()
            if frequency == Frequency.INSTANT and number not in out
        }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, offsets=OFFSETS)
def test_recipients_depend_on_the_order_of_commits_alone(blog, post, clock, steps, offsets):
    with transaction.atomic():
        order = CommitOrder(blog, post, clock, offsets)
        for step in [*steps, ("send", 0, 0)]:
            order.step(*step)
        materialise_all(clock)
        for pk, expected in order.expected.items():
            assert recipients(pk) == expected
            found = Alert.objects.get(pk=pk)
            assert (found.intended, found.shortfall) == (len(expected), 0)
            assert (load_receipt(found).intended, load_receipt(found).shortfall) == (len(expected), 0)
        transaction.set_rollback(True)


def run_in_threads(*works):
    """Run all functions at once, and raise the error of any of them."""
    errors = []

    def one(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001  # raised again below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.django_db(transaction=True)
def test_intended_is_constant_while_readers_subscribe_and_unsubscribe(blog, post, clock):
    add_subscribers(30, clock())
    staying = list(Subscriber.objects.order_by("pk"))
    coming = add_unsubscribed_readers(30, clock())
    counted, done = {}, threading.Event()

    def subscribe_reader():
        for reader in coming:
            join(reader, clock() + TWO_MINUTES)

    def unsubscribe_reader():
        for reader in staying[:20]:
            end_subscription(reader.pk, breaking_topic().pk, now=clock() - TWO_MINUTES)

    def sender():
        for _ in range(6):
            alert = send_post_alert(blog, post, clock, again=True)
            counted[alert.pk] = alert.intended
        done.set()

    def materialise():
        while not done.is_set():
            materialise_batch(now=clock(), size=3)

    run_in_threads(subscribe_reader, unsubscribe_reader, sender, materialise)
    materialise_all(clock, size=50)
    assert len(counted) == 6
    for pk, intended in counted.items():
        alert = Alert.objects.get(pk=pk)
        assert (alert.intended, alert.shortfall, len(recipients(alert))) == (intended, 0, intended)
        assert 10 <= intended <= 60
        assert {reader.pk for reader in staying[20:]} <= recipients(alert)


@pytest.mark.django_db(transaction=True)
def test_send_waits_for_a_change_that_began_before_it(blog, post, clock):
    add_subscribers(2, clock())
    [late] = add_unsubscribed_readers(1, clock())
    sent, begun = [], threading.Event()

    def sender():
        begun.wait(10)
        sent.append(send_post_alert(blog, post, clock))

    def subscribe_reader():
        with transaction.atomic():
            join(late, clock())
            begun.set()
            threading.Event().wait(0.5)
            assert not sent

    run_in_threads(subscribe_reader, sender)
    materialise_all(clock)
    assert (sent[0].intended, len(recipients(sent[0]))) == (3, 3)
    assert late.pk in recipients(sent[0])
