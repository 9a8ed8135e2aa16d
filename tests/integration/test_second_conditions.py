"""The second condition of guards: what a guard must refuse although its first condition holds."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from stoppress.alerts.actions import SendRequest, SendTerms, kill_alert, load_receipt
from stoppress.alerts.errors import InvalidAlertError
from stoppress.coverage.actions import mark_breaking, mark_key_event, pin, publish, withdraw
from stoppress.coverage.errors import PostWithdrawnError
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.ledger.receipt_totals import time_of_halt
from stoppress.delivery.models import Delivery
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.claim_subscribers import claim_from_subscriptions
from stoppress.delivery.transitions.settle import SettledDelivery, mark_orphans_uncertain, settle_held_deliveries
from stoppress.signup.actions.subscribe import may_mail
from stoppress.subscribers.models import Subscriber, Subscription, Suppression, Topic
from stoppress.subscribers.topics import breaking_topic
from tests.factories.alerts import add_subscribers, cancel_all_unsent, materialise_all, send_post_alert

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_windows() -> None:
    """Keep the rate limits as they are."""


def add_reader(name: str, now: datetime, topic: Topic | None = None, **times: datetime | None) -> Subscriber:
    reader = Subscriber.objects.create(email=f"{name}@example.com", key=f"{name}@example.com", requested_at=now)
    Subscription.objects.create(subscriber=reader, topic=topic or breaking_topic(), requested_at=now, **times)
    return reader


@pytest.mark.parametrize("size", [1, 100, None])
def test_only_confirmed_present_unsuppressed_subscribers_are_recipients(blog, post, clock, size) -> None:
    now = clock()
    other = Topic.objects.create(slug="sport", name="Sport")
    wanted = add_reader("confirmed", now, confirmed_at=now)
    add_reader("unconfirmed", now)
    add_reader("left", now, confirmed_at=now, unsubscribed_at=now)
    add_reader("elsewhere", now, other, confirmed_at=now)
    suppressed = add_reader("suppressed", now, confirmed_at=now)
    Suppression.objects.create(subscriber=suppressed, reason="bounce", at=now)
    alert = send_post_alert(blog, post, clock)
    assert alert.intended == 1
    if size is None:
        with transaction.atomic():
            claim_from_subscriptions(alert, 100, holder="m", now=clock())
    else:
        materialise_all(clock, size=size)
    assert list(Delivery.objects.values_list("subscriber", flat=True)) == [wanted.pk]
    assert (load_receipt(alert).intended, load_receipt(alert).shortfall) == (1, 0)


def test_settlement_of_a_process_that_is_no_longer_the_holder_changes_nothing(blog, post, clock) -> None:
    add_subscribers(2, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    first, second = claim_deliveries(2, holder="old", now=clock())

    def settle(delivery, holder):
        result = SettledDelivery(delivery.id, delivery.subscriber_id, State.ACCEPTED, 1, 250, "ok")
        return settle_held_deliveries([result], holder=holder, now=clock())

    assert settle(first, "new") == 0 and Delivery.objects.get(pk=first.id).state == "in_flight"
    Delivery.objects.filter(pk=second.id).update(holder="new")
    assert settle(second, "old") == 0 and Delivery.objects.get(pk=second.id).state == "in_flight"
    assert settle(first, "old") == 1 and Delivery.objects.get(pk=first.id).state == "accepted"
    mark_orphans_uncertain(now=clock(), holders=["new"])
    assert settle(second, "new") == 0 and Delivery.objects.get(pk=second.id).state == "uncertain"


@pytest.mark.parametrize("action", [pin, mark_key_event, mark_breaking])
@pytest.mark.parametrize("on", [True, False])
def test_withdrawn_post_cannot_be_pinned_or_marked(blog: LiveBlog, clock, action, on: bool) -> None:
    labels = () if on else ("pinned", "key-event", "breaking")
    post = publish(blog.slug, Content("A", "<p>B.</p>"), by="ines", now=clock(), labels=labels)
    withdraw(blog.slug, post.pk, note="Not so.", by="ines", now=clock.tick())
    before = list(Post.objects.values()), Change.objects.count()
    with pytest.raises(PostWithdrawnError):
        action(blog.slug, post.pk, on=on, by="ines", now=clock.tick())
    assert (list(Post.objects.values()), Change.objects.count()) == before


def test_unsent_deliveries_are_superseded_by_a_correction_and_halted_without_one(blog, post, clock) -> None:
    add_subscribers(3, clock())
    corrected = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(1, holder="m", now=clock())
    send_post_alert(blog, post, clock, corrects=corrected, subject="Correction: it holds", again=True)
    materialise_all(clock)
    claim_deliveries(10, holder="m", now=clock.tick())
    states = Delivery.objects.filter(alert=corrected).order_by("state").values_list("state", flat=True)
    assert list(states) == ["in_flight", "superseded", "superseded"]


def test_mail_to_one_mailbox_is_limited_by_hour_and_by_day() -> None:
    start = datetime(2026, 3, 8, tzinfo=UTC)

    def sent(hours: int, suppressed: bool = False, key: str = "mari@example.com") -> bool:
        return may_mail(key, start + timedelta(hours=hours), suppressed=suppressed)

    assert [sent(0), sent(0), sent(1), sent(1), sent(2), sent(3), sent(23)] == [True] * 5 + [False] * 2
    assert sent(24) and sent(3, key="other@example.com")
    assert [sent(5, key="busy@example.com") for _ in range(3)] == [True, True, False]
    assert [sent(hour, True, "dead@example.com") for hour in (0, 1, 23, 24)] == [True, False, False, True]


@pytest.mark.parametrize(("seconds", "is_allowed"), [(0, True), (600, True), (601, False), (-1, False)])
def test_send_can_be_undone_for_at_most_six_hundred_seconds(seconds: int, is_allowed: bool) -> None:
    request = SendRequest("storm-maren", subject="S", terms=SendTerms(undo=timedelta(seconds=seconds)))
    if is_allowed:
        assert request.cleaned().terms.undo == timedelta(seconds=seconds)
    else:
        with pytest.raises(InvalidAlertError):
            request.cleaned()


@pytest.mark.parametrize(
    ("minutes", "is_allowed"), [(0.9, False), (1, True), (7 * 24 * 60, True), (7 * 24 * 60 + 1, False)]
)
def test_alert_may_leave_for_one_minute_to_seven_days(minutes: float, is_allowed: bool) -> None:
    request = SendRequest("storm-maren", subject="S", terms=SendTerms(stale_after=timedelta(minutes=minutes)))
    if is_allowed:
        request.cleaned()
    else:
        with pytest.raises(InvalidAlertError):
            request.cleaned()


def test_feeds_and_structured_data_hold_the_newest_fifty_posts(client: Client, blog: LiveBlog, clock) -> None:
    for number in range(52):
        publish(blog.slug, Content(f"Post {number:02d}", "<p>Text.</p>"), by="ines", now=clock.tick())
    rss = client.get("/live/storm-maren/feed.rss").content.decode()
    atom = client.get("/live/storm-maren/feed.atom").content.decode()
    items = client.get("/live/storm-maren/feed.json").json()["items"]
    assert (rss.count("<item>"), atom.count("<entry"), len(items)) == (50, 50, 50)
    assert [items[0]["title"], items[-1]["title"]] == ["Post 51", "Post 02"]
    for text in (rss, atom):
        assert "Post 02" in text and "Post 01" not in text


@pytest.mark.parametrize(("has_correction", "expected"), [(True, "superseded"), (False, "halted")])
def test_delivery_deferred_after_its_alert_was_stopped_is_not_tried_again(
    blog, post, clock, has_correction: bool, expected: str
) -> None:
    add_subscribers(1, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    [claimed] = claim_deliveries(1, holder="m", now=clock())
    if has_correction:
        send_post_alert(blog, post, clock, corrects=alert, subject="Correction: it holds", again=True)
    else:
        kill_alert(alert, by="ines", now=clock())
    deferred = SettledDelivery(claimed.id, claimed.subscriber_id, State.DEFERRED, 1, next_attempt_at=clock())
    assert settle_held_deliveries([deferred], holder="m", now=clock()) == 1
    assert all(each.alert_id != alert.pk for each in claim_deliveries(9, holder="m", now=clock.tick()))
    cancel_all_unsent(now=clock())
    assert Delivery.objects.get(pk=claimed.id).state == expected


def test_halt_that_stopped_nothing_is_not_stated(blog, post, clock) -> None:
    add_subscribers(1, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    [claimed] = claim_deliveries(1, holder="m", now=clock())
    kill_alert(alert, by="ines", now=clock())
    alert.refresh_from_db()
    assert time_of_halt(alert, load_receipt(alert)) == alert.halted_at is not None
    accepted = SettledDelivery(claimed.id, claimed.subscriber_id, State.ACCEPTED, 1, 250, "ok")
    settle_held_deliveries([accepted], holder="m", now=clock())
    assert time_of_halt(alert, load_receipt(alert)) is None
