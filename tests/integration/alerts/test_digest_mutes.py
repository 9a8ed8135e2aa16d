"""A digest leaves out stories that its reader has muted, and is compiled once for all readers with the same mutes."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.alerts import actions
from stoppress.alerts.digests.compile_digests import compile_digests
from stoppress.coverage.actions import open_blog
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Urgency
from stoppress.delivery.ledger import muted_stories
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.relays import message_factory
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.subscribers.models import Mute
from tests.factories.alerts import materialise_all, settle_deliveries
from tests.factories.digests import add_digest_subscriber, publish_and_alert

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 9, 7, 1, tzinfo=UTC)


@pytest.fixture
def vote(blog, clock):
    return open_blog(slug="the-vote", headline="The vote", zone="Europe/London", by="ines", now=clock())


@pytest.fixture
def digest(blog, vote, clock, topic):
    """Return a digest about two stories, for six recipients who are not materialised yet."""
    for _ in range(6):
        add_digest_subscriber(topic, clock())
    publish_and_alert(blog, clock, "Sea wall fails")
    publish_and_alert(vote, clock, "Votes counted")
    clock.moment = MORNING
    compile_digests(MORNING)
    return Alert.objects.get(urgency=Urgency.DIGEST)


def mute(number, *blogs):
    subscription = actions.breaking_topic().subscriptions.order_by("pk")[number]
    for blog in blogs:
        Mute.objects.create(subscriber=subscription.subscriber, blog=blog, at=MORNING)


def mails(deliveries):
    """Return the messages of claimed deliveries as they would be sent."""
    compiled = message_factory.MessageFactory()
    compiled.load(deliveries)
    return [b"".join(compiled.build(delivery).message.splitlines(keepends=True)) for delivery in deliveries]


def test_digest_leaves_out_muted_stories_and_is_suppressed_when_all_are_muted(digest, blog, vote, clock):
    mute(1, blog)
    mute(2, vote)
    mute(3, blog, vote)
    materialise_all(clock)
    deliveries = claim_deliveries(10, holder="h", now=clock())
    assert [sorted(delivery.muted_stories) for delivery in deliveries] == [[], ["storm-maren"], ["the-vote"], [], []]
    first, second, third, *_ = mails(deliveries)
    assert b"Sea wall fails" in first and b"Votes counted" in first
    assert b"Sea wall" not in second and b"Votes counted" in second and b"One story since" in second
    assert b"Votes" not in third and b"Subject: Breaking news this morning: Sea wall fails" in third
    assert actions.load_receipt(digest).summary() == "5 on their way, 1 unsubscribed before it was sent"
    assert actions.load_receipt(digest).intended == 6


def test_mute_takes_effect_before_the_next_window(digest, blog, vote, clock):
    materialise_all(clock)
    assert claim_deliveries(2, holder="h", now=clock())[1].muted_stories == frozenset()
    mute(2, blog)
    mute(3, blog, vote)
    assert [sorted(delivery.muted_stories) for delivery in claim_deliveries(2, holder="h", now=clock())] == [
        ["storm-maren"]
    ]


def test_retry_leaves_out_stories_muted_meanwhile(digest, blog, clock):
    materialise_all(clock)
    [delivery] = claim_deliveries(1, holder="h", now=clock())
    later = SettledDelivery(delivery.id, delivery.subscriber_id, State.DEFERRED, 1, 451, "later", MORNING)
    settle_deliveries([later], holder="h", now=clock())
    mute(0, blog)
    clock.tick(1)
    [again] = [each for each in claim_deliveries(8, holder="h", now=clock()) if each.id == delivery.id]
    assert again.muted_stories == {"storm-maren"}


def test_digest_is_compiled_once_for_all_with_the_same_mutes(digest, blog, clock, monkeypatch):
    for number in (1, 3, 5):
        mute(number, blog)
    materialise_all(clock)
    compiled = []
    original = message_factory.compile_alert
    monkeypatch.setattr(
        message_factory, "compile_alert", lambda story, *rest: compiled.append(story.subject) or original(story, *rest)
    )
    assert len(mails(claim_deliveries(6, holder="h", now=clock()))) == 6
    assert len(compiled) == 2


def test_window_contains_a_limited_number_of_digest_versions(digest, blog, vote, clock, monkeypatch):
    monkeypatch.setattr(muted_stories, "MAX_DIGEST_VERSIONS", 1)
    mute(0, blog)
    mute(1, vote)
    mute(2, blog)
    materialise_all(clock)
    first = claim_deliveries(6, holder="h", now=clock())
    assert [sorted(delivery.muted_stories) for delivery in first] == [["storm-maren"], ["storm-maren"], [], [], []]
    [left] = claim_deliveries(6, holder="h", now=clock())
    assert left.muted_stories == {"the-vote"}
    assert not Delivery.objects.filter(state=State.PENDING).exists()


def test_digest_is_sent_whole_when_its_items_name_no_story(digest, blog, vote, clock):
    for item in digest.items:
        del item["story"], item["rank"]
    digest.save()
    mute(0, blog, vote)
    materialise_all(clock)
    assert len(claim_deliveries(6, holder="h", now=clock.tick(1))) == 6 and digest.not_after > clock() + timedelta(
        hours=7
    )
