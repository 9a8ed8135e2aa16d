"""A correction is a reply to the copy that its reader got; readers without one get it as an alert of its own."""

from email import message_from_bytes, policy

import pytest

from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Delivery
from stoppress.delivery.relays.message_factory import MessageFactory
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.subscribers.models import Mute, Subscriber
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert, settle_deliveries

pytestmark = pytest.mark.django_db


def settle_all(claimed, state, clock):
    settle_deliveries(
        [SettledDelivery(row.id, row.subscriber_id, state, 1) for row in claimed], holder="h", now=clock()
    )


def headers_by_subscriber(claimed):
    factory = MessageFactory()
    factory.load(claimed)
    mails = {row.email: message_from_bytes(factory.build(row).message, policy=policy.default) for row in claimed}
    return {email: (mail["In-Reply-To"], mail["References"]) for email, mail in mails.items()}


def message_id(alert, email):
    return f"<{alert.pk.hex}.{Subscriber.objects.get(email=email).pk:x}@halden.test>"


def test_correction_of_a_correction_replies_to_the_newest_copy_of_each_reader(blog, post, clock):
    add_subscribers(3, clock())
    first = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claimed = claim_deliveries(2, holder="h", now=clock.tick())
    settle_all(claimed, State.ACCEPTED, clock)
    second = send_post_alert(blog, post, clock, corrects=first, subject="Correction: it holds")
    materialise_all(clock)
    [only] = claim_deliveries(1, holder="h", now=clock.tick())
    settle_all([only], State.UNCERTAIN, clock)
    third = send_post_alert(blog, post, clock, corrects=second, subject="Correction: it holds for now")
    materialise_all(clock)
    claimed = claim_deliveries(10, holder="h", now=clock.tick())
    assert {row.alert_id for row in claimed} == {third.pk} and len(claimed) == 3
    headers = headers_by_subscriber(claimed)
    both, one, none = (
        only.email,
        next(e for e in ("r0@example.com", "r1@example.com") if e != only.email),
        "r2@example.com",
    )
    assert headers[both] == (message_id(second, both), f"{message_id(first, both)} {message_id(second, both)}")
    assert headers[one] == (message_id(first, one), message_id(first, one))
    assert headers[none] == (None, None)


def test_mute_stops_a_correction_only_for_readers_who_never_got_the_error(blog, post, clock):
    add_subscribers(2, clock())
    first = send_post_alert(blog, post, clock)
    materialise_all(clock)
    [got] = claim_deliveries(1, holder="h", now=clock.tick())
    settle_all([got], State.ACCEPTED, clock)
    for subscriber in Subscriber.objects.all():
        Mute.objects.create(subscriber=subscriber, blog=blog, at=clock())
    correction = send_post_alert(blog, post, clock, corrects=first, subject="Correction: it holds")
    materialise_all(clock)
    claimed = claim_deliveries(10, holder="h", now=clock.tick())
    assert [row.email for row in claimed] == [got.email]
    states = dict(Delivery.objects.filter(alert=correction).values_list("subscriber__email", "state"))
    assert states == {got.email: "in_flight", ({"r0@example.com", "r1@example.com"} - {got.email}).pop(): "suppressed"}
