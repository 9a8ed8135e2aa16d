"""Digests are compiled once, from the coverage of a topic, and never contain withdrawn text."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from stoppress.alerts import actions
from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.digests import replace_outdated
from stoppress.alerts.digests.compile_digests import compile_digests
from stoppress.alerts.digests.replace_outdated import replace_outdated_digests
from stoppress.alerts.models import Decision
from stoppress.coverage.actions import correct, mark_key_event, update, withdraw
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import DeliveryState, Urgency
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.message.alert_content import build_alert_content, localised_alert_content
from stoppress.delivery.message.preview import extract_part, render_sample
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions.halt import halt_outdated_alerts
from stoppress.runtime import notifications
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscription, Topic
from tests.factories.digests import add_digest_subscriber, publish_and_alert, publish_post

pytestmark = pytest.mark.django_db

TEXT = Content(headline="Some ferries run", body="<p>Two of five.</p>")
MORNING = datetime(2026, 3, 9, 7, 1, tzinfo=UTC)
"""One minute after the morning edition in London; the clock fixture starts on the evening before."""


def headlines(alert):
    return [item["headline"] for item in alert.items]


@pytest.fixture
def story(blog):
    """Return the topic of one live blog."""
    return Topic.objects.create(slug="storm-maren", name="Storm Maren", blog=blog, listed=False)


def test_morning_digest_is_created_once_and_notifies_the_mailer(blog, clock, topic, django_capture_on_commit_callbacks):
    add_digest_subscriber(topic, clock())
    add_digest_subscriber(topic, clock(), frequency=Frequency.INSTANT)
    publish_and_alert(blog, clock, "Sea wall fails")
    notified = []
    stop = notifications.listen(notifications.MAIL, lambda: notified.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        assert compile_digests(MORNING) == 1
        assert compile_digests(MORNING + timedelta(minutes=15)) == 0
    stop()
    digest = Alert.objects.get(urgency=Urgency.DIGEST)
    assert notified == [1]
    assert headlines(digest) == ["Sea wall fails"]
    assert (digest.frequency, digest.zone, str(digest.digest_day), digest.intended) == (
        "morning",
        "Europe/London",
        "2026-03-09",
        1,
    )
    assert digest.created_at == MORNING and digest.not_after == MORNING + timedelta(hours=8)
    assert digest.blog is digest.post is None


def test_no_digest_is_created_before_or_long_after_its_time(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    publish_and_alert(blog, clock, "Sea wall fails")
    assert compile_digests(MORNING - timedelta(seconds=1)) == 0
    assert compile_digests(MORNING + timedelta(hours=3)) == 0


def test_no_digest_is_created_without_content_or_readers(blog, clock, topic):
    subscription = add_digest_subscriber(topic, clock())
    assert compile_digests(MORNING) == 0
    publish_and_alert(blog, clock, "Sea wall fails")
    Subscription.objects.filter(pk=subscription.pk).update(unsubscribed_at=clock())
    assert compile_digests(MORNING) == 0
    assert not Alert.objects.filter(urgency=Urgency.DIGEST).exists()


def test_each_zone_gets_its_digest_in_its_own_morning(blog, clock, topic):
    for zone in ("", "Europe/London", "America/New_York", "Asia/Kolkata", "Not/AZone"):
        add_digest_subscriber(topic, clock(), zone=zone)
    publish_and_alert(blog, clock, "Sea wall fails")
    digest = {}
    for quarter in range(4 * 24):
        now = datetime(2026, 3, 8, 19, 16, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        compile_digests(now)
        for alert in Alert.objects.filter(urgency=Urgency.DIGEST, created_at=now):
            digest[alert.zone] = now
            assert alert.intended == (2 if alert.zone == "Europe/London" else 1)
    assert digest == {
        "Asia/Kolkata": datetime(2026, 3, 9, 1, 31, tzinfo=UTC),
        "Europe/London": MORNING,
        "Not/AZone": MORNING,
        "America/New_York": datetime(2026, 3, 9, 11, 1, tzinfo=UTC),
    }


def test_digest_begins_where_the_previous_one_ended(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    publish_and_alert(blog, clock, "Sea wall fails")
    assert compile_digests(MORNING) == 1
    clock.moment = MORNING
    publish_and_alert(blog, clock, "Harbour floods")
    assert compile_digests(MORNING + timedelta(days=1)) == 1
    newest = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    assert headlines(newest) == ["Harbour floods"]
    assert compile_digests(MORNING + timedelta(days=2)) == 0


def test_digest_leaves_out_withdrawn_and_marks_corrected_posts(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    gone, wrong = publish_and_alert(blog, clock, "Mole breaks"), publish_and_alert(blog, clock, "Sea wall fails")
    withdraw(blog.slug, gone.post_id, note="It did not happen.", by="ines", now=clock.tick())
    text = Content(headline="Sea wall stands", body="<p>It leaks.</p>")
    correct(
        blog.slug, wrong.post_id, text, note="It leaks; it has not failed.", by="ines", now=clock.tick(), based_on=1
    )
    halt_outdated_alerts(now=clock())
    compile_digests(MORNING)
    digest = Alert.objects.get(urgency=Urgency.DIGEST)
    assert [entry.headline for entry in build_alert_content(digest).entries] == ["Corrected: Sea wall stands"]
    assert (digest.items[0]["summary"], digest.items[0]["note"]) == ("It leaks.", "It leaks; it has not failed.")
    assert "Mole" not in str(digest.items)


def test_digest_leaves_out_halted_and_unapproved_alerts(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    actions.halt_alert(publish_and_alert(blog, clock, "Stopped"), now=clock())
    waiting = publish_and_alert(blog, clock, "Waiting")
    Alert.objects.filter(pk=waiting.pk).update(needs_approval=True)
    assert compile_digests(MORNING) == 0
    Alert.objects.filter(pk=waiting.pk).update(not_after=MORNING + timedelta(hours=4))
    actions.approve_alert(waiting, by="tom", now=MORNING + timedelta(hours=1))
    assert compile_digests(MORNING + timedelta(hours=2)) == 0
    assert compile_digests(MORNING + timedelta(days=1)) == 1
    assert headlines(Alert.objects.get(urgency=Urgency.DIGEST)) == ["Waiting"]


def test_story_digest_contains_key_events_and_newest_posts(blog, clock, story):
    add_digest_subscriber(story, clock())
    first, *_ = [publish_post(blog, clock, f"Wave {number}") for number in range(15)]
    mark_key_event(blog.slug, first.pk, on=True, by="ines", now=clock())
    assert compile_digests(MORNING) == 1
    digest = Alert.objects.get(urgency=Urgency.DIGEST)
    assert len(digest.items) == 12 and headlines(digest)[-2:] == ["Wave 4", "Wave 0"]
    assert digest.subject == "Storm Maren this morning: Wave 0"
    assert digest.summary == "The 12 most important of 15 stories since yesterday morning."


def test_digest_stops_when_an_item_is_withdrawn_or_corrected(blog, clock, topic):
    for _ in range(3):
        add_digest_subscriber(topic, clock())
    alert = publish_and_alert(blog, clock, "Sea wall fails")
    compile_digests(MORNING)
    digest = Alert.objects.get(urgency=Urgency.DIGEST)
    while materialise_batch(now=MORNING, size=100):
        pass
    assert find_outdated_digests([digest]) == []
    assert halt_outdated_alerts(now=MORNING).halted == 0
    withdraw(blog.slug, alert.post_id, note="It stands.", by="ines", now=MORNING)
    assert find_outdated_digests([digest]) == [digest]
    halt_outdated_alerts(now=MORNING)
    assert states(digest) == {"halted": 3}


def materialised_digest(blog, clock, topic, headlines=("Sea wall fails", "Ferries stop"), number=5):
    """Return a digest about these alerts, with `number` recipients who are materialised, and the alerts."""
    for _ in range(number):
        add_digest_subscriber(topic, clock())
    alerts = [publish_and_alert(blog, clock, headline) for headline in headlines]
    compile_digests(MORNING)
    while materialise_batch(now=MORNING, size=100):
        pass
    return Alert.objects.get(urgency=Urgency.DIGEST), alerts


def states(alert):
    return Counter(Delivery.objects.filter(alert=alert).values_list("state", flat=True))


def test_outdated_digest_is_replaced_for_readers_not_reached(blog, clock, topic):
    first, alerts = materialised_digest(blog, clock, topic)
    reached = [row.pk for row in Delivery.objects.filter(alert=first)[:2]]
    Delivery.objects.filter(pk__in=reached).update(state=DeliveryState.ACCEPTED, next_attempt_at=None)
    assert replace_outdated_digests(MORNING) == 0
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    later = MORNING + timedelta(minutes=2)
    assert replace_outdated_digests(later) == 3
    assert replace_outdated_digests(later) == 0
    second = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    assert headlines(second) == ["Ferries stop"] and second.not_after == first.not_after
    assert (states(first), states(second)) == ({"accepted": 2, "superseded": 3}, {"pending": 3})
    assert actions.load_receipt(second).intended == 3 and actions.load_receipt(first).intended == 5
    assert first.decisions.get().note.startswith("An item was corrected or withdrawn")
    correct(blog.slug, alerts[1].post_id, TEXT, note="Some run.", by="ines", now=later, based_on=1)
    assert replace_outdated_digests(later + timedelta(minutes=1)) == 3
    third = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    assert [entry.headline for entry in build_alert_content(third).entries] == ["Corrected: Some ferries run"]
    assert (states(second), states(third)) == ({"superseded": 3}, {"pending": 3})
    assert compile_digests(later) == 0


def test_outdated_digest_is_replaced_in_order_when_the_clock_is_set_back(blog, clock, topic):
    _, alerts = materialised_digest(blog, clock, topic)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 5
    correct(blog.slug, alerts[1].post_id, TEXT, note="Some run.", by="ines", now=MORNING, based_on=1)
    assert replace_outdated_digests(MORNING - timedelta(hours=2)) == 5
    digests = Alert.objects.filter(urgency=Urgency.DIGEST).order_by("generation")
    assert [states(digest) for digest in digests] == [{"superseded": 5}, {"superseded": 5}, {"pending": 5}]


def test_last_decision_counts_when_its_clock_was_behind(blog, clock, topic):
    first, alerts = materialised_digest(blog, clock, topic)
    Decision.objects.create(alert=first, kind=DecisionKind.RESUMED, by="tom", at=MORNING)
    actions.halt_alert(first, now=MORNING)
    Decision.objects.create(alert=first, kind=DecisionKind.HALTED, by="ines", at=MORNING - timedelta(seconds=120))
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 0
    assert states(first) == {"halted": 5}


def test_digest_stays_halted_when_its_only_item_is_withdrawn(blog, clock, topic):
    first, alerts = materialised_digest(blog, clock, topic, headlines=["Sea wall fails"])
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 0
    assert states(first) == {"halted": 5} and Alert.objects.filter(urgency=Urgency.DIGEST).count() == 1


def test_digest_stays_halted_when_an_editor_halted_it(blog, clock, topic):
    first, alerts = materialised_digest(blog, clock, topic)
    actions.halt_alert(first, now=MORNING)
    Decision.objects.create(alert=first, kind=DecisionKind.HALTED, by="ines", at=MORNING)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 0
    assert states(first) == {"halted": 5}


def test_digest_is_replaced_when_an_editor_halted_and_resumed_it(blog, clock, topic):
    first, alerts = materialised_digest(blog, clock, topic)
    actions.kill_alert(first, by="ines", now=MORNING)
    actions.resume_send(first, by="ines", now=MORNING + timedelta(seconds=5))
    later = MORNING + timedelta(minutes=1)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=later)
    assert replace_outdated_digests(later) == 5


def test_replacement_gets_no_deliveries_when_an_editor_halted_it(blog, clock, topic):
    first, alerts = materialised_digest(blog, clock, topic)
    in_flight = Delivery.objects.filter(alert=first).earliest("pk")
    Delivery.objects.filter(pk=in_flight.pk).update(state=DeliveryState.IN_FLIGHT, next_attempt_at=None)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    later = MORNING + timedelta(minutes=1)
    assert replace_outdated_digests(later) == 4
    second = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    actions.kill_alert(second, by="ines", now=later)
    Delivery.objects.filter(pk=in_flight.pk).update(state=DeliveryState.DEFERRED, next_attempt_at=later)
    assert replace_outdated_digests(later + timedelta(minutes=1)) == 0
    assert states(second) == {"halted": 4} and Alert.objects.filter(urgency=Urgency.DIGEST).count() == 2


def test_replacement_continues_with_the_same_digest_after_a_crash(blog, clock, topic, monkeypatch):
    first, alerts = materialised_digest(blog, clock, topic)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    monkeypatch.setattr(replace_outdated, "DELIVERIES_PER_TRANSACTION", 2)
    original, calls = replace_outdated._move_deliveries, []

    def crash_on_second_call(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError("killed")
        return original(*arguments)

    monkeypatch.setattr(replace_outdated, "_move_deliveries", crash_on_second_call)
    with pytest.raises(OSError, match="killed"):
        replace_outdated_digests(MORNING + timedelta(minutes=1))
    assert replace_outdated_digests(MORNING + timedelta(minutes=2)) == 3
    second = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    assert Alert.objects.filter(urgency=Urgency.DIGEST).count() == 2
    assert (states(first), states(second)) == ({"superseded": 5}, {"pending": 5})
    assert actions.load_receipt(second).intended == 5


def test_digest_continues_when_a_post_is_updated(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    alert = publish_and_alert(blog, clock, "Sea wall fails")
    compile_digests(MORNING)
    update(blog.slug, alert.post_id, Content(headline="More"), by="ines", now=MORNING, based_on=1, note="")
    assert halt_outdated_alerts(now=MORNING).alerts == 0


def test_digest_mail_can_be_built(blog, clock, topic):
    add_digest_subscriber(topic, clock(), zone="Asia/Kolkata")
    publish_and_alert(blog, clock, "Sea wall fails")
    compile_digests(datetime(2026, 3, 9, 1, 31, tzinfo=UTC))
    story = build_alert_content(Alert.objects.select_related("topic", "blog", "post").get(urgency=Urgency.DIGEST))
    assert build_alert_content(
        Alert(topic=topic, urgency=Urgency.DIGEST, zone="Not/AZone", created_at=MORNING)
    ).zone.key
    assert (story.subject, story.zone.key) == ("Breaking news this morning: Sea wall fails", "Asia/Kolkata")


def mail_sizes(digest):
    return [len(render_sample(localised_alert_content(digest, tag))) for tag in ("", "de", "fr", "es", "uk", "ar")]


@pytest.mark.parametrize(("letter", "stories"), [("w", 12), ("ж", 12), ("ж", 30)])
def test_digest_is_cut_to_what_gmail_shows_and_links_the_other_stories(blog, clock, topic, letter, stories):
    add_digest_subscriber(topic, clock())
    word = letter * 9
    for number in range(stories):
        summary = " ".join([word] * 180)
        publish_and_alert(blog, clock, f"Story {number:02} " + " ".join([word] * 12), summary=summary)
    assert compile_digests(MORNING) == 1
    digest = Alert.objects.get(urgency=Urgency.DIGEST)
    assert max(mail_sizes(digest)) <= 99_000
    left = stories - len(digest.items)
    assert 1 <= len(digest.items) <= 12 and digest.more_items == left
    text, html = (extract_part(render_sample(localised_alert_content(digest, "")), kind) for kind in ("plain", "html"))
    if left:
        assert f"{left} more stories:\nhttp" in text and f">{left} more stories</a>" in html
        assert f"{len(digest.items)} most important of {stories} stories" in text
        newest = sorted((item["headline"][:8] for item in digest.items), reverse=True)
        assert newest == [f"Story {number:02}" for number in range(stories - 1, left - 1, -1)]
    else:
        assert "more stories" not in text and "more stories" not in html


def test_one_story_with_a_very_long_note_still_fits(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    post = publish_and_alert(blog, clock, "Sea wall fails").post
    note = " ".join(["довжелезне"] * 1_800)
    correct(blog.slug, post.pk, TEXT, note=note, by="ines", now=clock.tick(), based_on=1)
    assert compile_digests(MORNING) == 1
    digest = Alert.objects.get(urgency=Urgency.DIGEST)
    assert max(mail_sizes(digest)) <= 99_000 and digest.items[0]["note"].endswith("…")
