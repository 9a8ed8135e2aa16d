"""Every post and alert is in exactly one edition, whatever time the machine that wrote it believes it is."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from stoppress.alerts import actions
from stoppress.alerts.digests import compile_digests as compile_module
from stoppress.alerts.digests.compile_digests import compile_digests
from stoppress.alerts.digests.replace_outdated import replace_outdated_digests
from stoppress.coverage.actions import correct, publish, withdraw
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import Urgency
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.subscribers.models import Subscription, Topic
from tests.factories.alerts import send_post_alert
from tests.factories.digests import add_digest_subscriber

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MORNING = datetime(2026, 3, 9, 7, 1, tzinfo=UTC)
"""One minute after the morning edition in London."""
EVENING_BEFORE = MORNING - 10 * HOUR


def write(blog, headline, at):
    return publish(blog.slug, Content(headline=headline, body="<p>It rains.</p>"), by="ines", now=at)


def editions(topic):
    """Return the headlines of each edition, in the order in which they were created."""
    digests = Alert.objects.filter(topic=topic, urgency=Urgency.DIGEST, digest_day__isnull=False)
    return [sorted(item["headline"] for item in digest.items) for digest in digests.order_by("generation")]


@pytest.fixture
def story(blog):
    topic = Topic.objects.create(slug="storm-maren", name="Storm Maren", blog=blog, listed=False)
    add_digest_subscriber(topic, EVENING_BEFORE)
    return topic


@pytest.mark.parametrize("skew", [-2 * HOUR, 2 * HOUR])
def test_post_is_in_one_edition_when_its_clock_is_two_hours_off(blog, story, skew):
    write(blog, "One", EVENING_BEFORE)
    write(blog, "Two", MORNING - 5 * MINUTE + skew)
    compile_digests(MORNING)
    write(blog, "Three", MORNING + 5 * MINUTE + skew)
    write(blog, "Four", MORNING + 10 * MINUTE)
    compile_digests(MORNING + 15 * MINUTE)
    compile_digests(MORNING + DAY)
    compile_digests(MORNING + 2 * DAY)
    assert editions(story) == [["One", "Two"], ["Four", "Three"]]


@pytest.mark.parametrize("skew", [-2 * HOUR, 2 * HOUR])
def test_edition_is_right_when_the_scheduler_is_two_hours_off(blog, story, skew):
    for day in range(4):
        write(blog, f"Story {day}", MORNING + day * DAY - HOUR)
        compile_digests(MORNING + day * DAY + skew)
        compile_digests(MORNING + day * DAY + skew + HOUR)
        compile_digests(MORNING + day * DAY + skew + 2 * HOUR)
    assert editions(story) == [["Story 0"], ["Story 1"], ["Story 2"], ["Story 3"]]


@pytest.mark.parametrize("skew", [-2 * HOUR, 2 * HOUR])
def test_alert_is_in_one_edition_when_its_clock_is_two_hours_off(blog, topic, clock, skew):
    add_digest_subscriber(topic, EVENING_BEFORE)

    def send(headline, at):
        clock.moment = at
        return send_post_alert(blog, write(blog, headline, at), clock, subject=headline, summary="It rains.")

    send("One", EVENING_BEFORE)
    send("Two", MORNING - 5 * MINUTE + skew)
    waiting = send("Three", MORNING - 4 * MINUTE)
    Alert.objects.filter(pk=waiting.pk).update(needs_approval=True, not_after=MORNING + DAY)
    compile_digests(MORNING)
    actions.approve_alert(waiting, by="tom", now=MORNING + MINUTE + skew)
    compile_digests(MORNING + DAY)
    compile_digests(MORNING + 2 * DAY)
    assert editions(topic) == [["One", "Two"], ["Three"]]


def test_nothing_is_lost_when_an_edition_is_skipped_or_the_clock_is_put_back_a_day(blog, story):
    write(blog, "One", EVENING_BEFORE)
    compile_digests(MORNING)
    write(blog, "Two", MORNING + HOUR)
    compile_digests(MORNING + DAY + 4 * HOUR)  # too late for the edition of that day
    write(blog, "Three", MORNING + DAY + 5 * HOUR)
    compile_digests(MORNING + 2 * DAY)
    write(blog, "Four", MORNING + 2 * DAY + HOUR)
    compile_digests(MORNING + DAY)  # one day back: that day had no edition yet
    compile_digests(MORNING + 2 * DAY)
    compile_digests(MORNING + 3 * DAY)
    assert editions(story) == [["One"], ["Three", "Two"], ["Four"]]


def test_year_ahead_and_back_loses_nothing(blog, story):
    write(blog, "One", EVENING_BEFORE)
    compile_digests(MORNING)
    write(blog, "Two", MORNING + HOUR)
    compile_digests(MORNING + 365 * DAY)
    write(blog, "Three", MORNING + 2 * HOUR)
    compile_digests(MORNING + DAY)
    assert editions(story) == [["One"], ["Two"], ["Three"]]


def test_days_without_readers_are_not_made_up_for(blog, story):
    write(blog, "One", EVENING_BEFORE)
    compile_digests(MORNING)
    Subscription.objects.filter(topic=story).update(unsubscribed_at=MORNING)
    write(blog, "Two", MORNING + HOUR)
    compile_digests(MORNING + DAY)
    add_digest_subscriber(story, MORNING + DAY)
    write(blog, "Three", MORNING + DAY + HOUR)
    compile_digests(MORNING + 2 * DAY)
    assert editions(story) == [["One"], ["Three"]]


def test_replacement_covers_its_own_edition_when_clocks_differ(blog, story):
    wrong = write(blog, "One", MORNING - 2 * HOUR)
    gone = write(blog, "Two", MORNING + 2 * HOUR)
    compile_digests(MORNING)
    write(blog, "Three", MORNING - HOUR)
    while materialise_batch(now=MORNING, size=100):
        pass
    text = Content(headline="One, put right", body="<p>It is dry.</p>")
    correct(blog.slug, wrong.pk, text, note="It is dry.", by="ines", now=MORNING - 2 * HOUR, based_on=1)
    withdraw(blog.slug, gone.pk, note="It did not happen.", by="ines", now=MORNING - 2 * HOUR)
    assert replace_outdated_digests(MORNING + MINUTE) == 1
    second = Alert.objects.get(urgency=Urgency.DIGEST, digest_day__isnull=True)
    assert [item["headline"] for item in second.items] == ["One, put right"]
    compile_digests(MORNING + DAY)
    assert editions(story)[1:] == [["Three"]]


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_posts_editions_and_kills_covers_each_post_once(blog, story, seed, monkeypatch):
    """Two machines whose clocks are two hours apart write, and compile, in any order; some compilations are killed."""
    chance = random.Random(seed)
    written, real = Counter(), EVENING_BEFORE
    create = compile_module._create_digest

    def killed(*arguments):
        create(*arguments)
        raise SystemExit("killed before the commit")

    for step in range(40):
        real += timedelta(minutes=chance.randrange(10, 240))
        machine_time = real + chance.choice([timedelta(0), -2 * HOUR])
        if chance.random() < 0.3:
            write(blog, f"Story {step}", machine_time)
            written[f"Story {step}"] += 1
            continue
        if chance.random() < 0.3:
            with monkeypatch.context() as patch, pytest.raises(SystemExit):
                patch.setattr(compile_module, "_create_digest", killed)
                compile_digests(machine_time)
                raise SystemExit("killed after the commit")
        compile_digests(machine_time)
    for day in range(1, 4):
        compile_digests((real + day * DAY).replace(hour=7, minute=30))
    assert Counter(headline for edition in editions(story) for headline in edition) == written
