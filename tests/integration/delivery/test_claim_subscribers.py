"""Recipients who are written down as they are taken up: the same people, in the same states, as by freezing first."""

import pytest

from stoppress.alerts.actions import halt_alert, receipt
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.ledger.open_alerts import docket
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.before_subscription_change import prepare_change
from stoppress.delivery.recipients.materialise_recipients import freeze_slice
from stoppress.delivery.transitions import claim_subscribers
from stoppress.delivery.transitions.claim_deliveries import Parcel, claim
from stoppress.delivery.transitions.claim_subscribers import board
from stoppress.signup.actions import choose
from stoppress.signup.actions.erase_subscriber import erase
from stoppress.signup.actions.mute_story import mute
from stoppress.signup.actions.unsubscribe import leave_by_address
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.models import Subscriber, Subscription, Suppression, Topic
from stoppress.subscribers.signed_links import mute_token
from tests.factories.alerts import add_readers, freeze_all, send

pytestmark = pytest.mark.django_db


def addresses(parcels):
    return [parcel.email for parcel in parcels]


def test_who_boards_is_taken_up_as_if_written_down_before(blog, post, clock):
    add_readers(5, clock())
    alert = send(blog, post, clock)
    boarded = board(alert, 3, holder="m", now=clock())
    assert boarded.more
    freeze_slice(now=clock(), size=10)
    claimed = claim(10, holder="m", now=clock())
    assert len(boarded.parcels) == 3 and len(claimed) == 2
    everybody = sorted(Subscriber.objects.values_list("email", flat=True))
    assert sorted(addresses([*boarded.parcels, *claimed])) == everybody
    one, other = boarded.parcels[0], claimed[0]
    own = {"id", "subscriber_id", "email", "secret"}
    same = [name for name in Parcel._fields if name not in own]
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    written = Delivery.objects.get(pk=one.id)
    assert (written.subscriber_id, written.holder) == (one.subscriber_id, "m")
    rows = list(Delivery.objects.values("state", "holder", "letter", "lane", "next_at", "made_at", "attempts", "reply"))
    assert all(row == rows[0] for row in rows)
    assert rows[0]["state"] == State.IN_FLIGHT


def test_who_left_after_send_is_counted_and_not_sent_to(blog, post, clock):
    add_readers(6, clock())
    alert = send(blog, post, clock)
    left, muted, suppressed, erased, *staying = Subscriber.objects.order_by("pk")
    now = clock.tick(1)
    leave_by_address(left.pk, alert.topic_id, now=now)
    mute(mute_token(muted.pk, blog.pk), now=now)
    prepare_change([suppressed.pk], now=now)
    Suppression.objects.create(subscriber=suppressed, reason="complaint", at=now)
    erase(erased, now=now)
    boarded = board(alert, 10, holder="m", now=now)
    assert addresses(boarded.parcels) == [reader.email for reader in staying]
    assert claim(10, holder="m", now=now) == []
    found = receipt(alert)
    assert (found[State.SUPPRESSED], found[State.IN_FLIGHT], found.intended) == (4, 2, 6)


def test_who_signs_up_after_send_does_not_board(blog, post, clock):
    add_readers(2, clock())
    alert = send(blog, post, clock)
    clock.tick(1)
    add_readers(1, clock(), first=2)
    boarded = board(alert, 10, holder="m", now=clock())
    assert len(boarded.parcels) == 2
    assert not boarded.more


def test_nobody_boards_a_halted_alert_or_one_that_a_correction_replaces(blog, post, clock):
    add_readers(3, clock())
    alert = send(blog, post, clock)
    assert docket(now=clock()).unwritten == (alert,)
    halt_alert(alert, now=clock())
    assert board(alert, 10, holder="m", now=clock()) == ([], False)
    Alert.objects.update(halted_at=None)
    Alert.objects.create(
        topic=alert.topic, subject="Corrected", headline="Corrected", by="ines", created_at=clock(), corrects=alert,
        urgency="correction", not_after=alert.not_after, watermark=0, intended=0,
    )  # fmt: skip
    assert board(alert, 10, holder="m", now=clock()) == ([], False)
    assert docket(now=clock()).unwritten == ()


def test_where_others_lie_between_the_rest_is_left_to_freezing(blog, post, clock, monkeypatch):
    monkeypatch.setattr(claim_subscribers, "SPAN", 4)
    add_readers(12, clock())
    Subscription.objects.filter(pk__in=Subscription.objects.order_by("pk")[2:9]).update(rhythm=Rhythm.MORNING)
    alert = send(blog, post, clock)
    boarded = board(alert, 3, holder="m", now=clock())
    assert len(boarded.parcels) == 2
    assert not boarded.more
    freeze_all(clock)
    assert Delivery.objects.filter(alert=alert).count() == 5


def test_older_wishes_about_another_topic_are_passed_by(blog, post, clock, monkeypatch):
    monkeypatch.setattr(claim_subscribers, "SPAN", 4)
    add_readers(6, clock())
    Subscription.objects.update(topic=Topic.objects.create(name="Sport"))
    add_readers(3, clock(), first=6)
    boarded = board(send(blog, post, clock), 2, holder="m", now=clock())
    assert addresses(boarded.parcels) == ["r6@example.com", "r7@example.com"]
    assert boarded.more


def test_who_stands_in_the_ledger_already_does_not_board_again(blog, post, clock):
    add_readers(4, clock())
    alert = send(blog, post, clock)
    first = board(alert, 2, holder="m", now=clock()).parcels
    Alert.objects.update(frozen_upto=0)
    again = board(alert, 10, holder="m", now=clock()).parcels
    assert len(again) == 2
    assert not set(addresses(first)) & set(addresses(again))
    assert {parcel.id for parcel in again} <= set(Delivery.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("change", ["another rhythm", "leaves and comes back"])
def test_who_chooses_anew_while_it_leaves_is_judged_by_the_choice_at_send(blog, post, clock, change):
    add_readers(3, clock())
    alert = send(blog, post, clock)
    board(alert, 1, holder="m", now=clock())
    reader = Subscriber.objects.order_by("pk").last()
    now = clock.tick(1)
    if change == "another rhythm":
        choose(reader, {"breaking": Rhythm.MORNING}, now=now)
    else:
        choose(reader, (), now=now)
        choose(reader, {"breaking": Rhythm.INSTANT}, now=clock.tick(1))
    boarded = board(alert, 10, holder="m", now=clock())
    claimed = claim(10, holder="m", now=clock())
    assert len(boarded.parcels) == 1
    assert addresses(claimed) == [reader.email]
    freeze_all(clock)
    assert receipt(alert).intended == 3
    assert Delivery.objects.filter(alert=alert).count() == 3


def test_who_first_signs_up_while_it_leaves_is_not_written_down(blog, post, clock):
    add_readers(2, clock())
    alert = send(blog, post, clock)
    clock.tick(1)
    late = Subscriber.objects.create(email="late@example.com", key="late@example.com", asked_at=clock())
    choose(late, {"breaking": Rhythm.INSTANT}, now=clock())
    choose(late, {"breaking": Rhythm.EVENING}, now=clock())
    freeze_all(clock)
    assert Delivery.objects.filter(alert=alert).count() == 2
