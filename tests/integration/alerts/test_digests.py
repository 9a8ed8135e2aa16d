"""Digests compile themselves, once, from what the topic had; withdrawn text is in none, and none that has it leaves."""

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
from stoppress.delivery.message.alert_content import build_alert_content
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions.halt import halt_outdated_alerts
from stoppress.runtime import notifications
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscription, Topic
from tests.factories.digests import publish_and_alert, add_digest_subscriber, publish_post

pytestmark = pytest.mark.django_db

TEXT = Content(headline="Some ferries run", body="<p>Two of five.</p>")
MORNING = datetime(2026, 3, 9, 7, 1, tzinfo=UTC)
"""A minute after a London morning; the clock fixture starts on the evening before."""


def headlines(alert):
    return [item["headline"] for item in alert.items]


@pytest.fixture
def story(blog):
    """The topic of one live blog."""
    return Topic.objects.create(slug="storm-maren", name="Storm Maren", blog=blog, listed=False)


def test_a_morning_digest_is_made_once_and_rings_for_the_mailer(blog, clock, topic, django_capture_on_commit_callbacks):
    add_digest_subscriber(topic, clock())
    add_digest_subscriber(topic, clock(), frequency=Frequency.INSTANT)
    publish_and_alert(blog, clock, "Sea wall fails")
    rung = []
    stop = notifications.listen(notifications.MAIL, lambda: rung.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        assert compile_digests(MORNING) == 1
        assert compile_digests(MORNING + timedelta(minutes=15)) == 0
    stop()
    made = Alert.objects.get(urgency=Urgency.DIGEST)
    assert rung == [1]
    assert headlines(made) == ["Sea wall fails"]
    assert (made.frequency, made.zone, str(made.digest_day), made.intended) == (
        "morning",
        "Europe/London",
        "2026-03-09",
        1,
    )
    assert made.created_at == MORNING and made.not_after == MORNING + timedelta(hours=8)
    assert made.blog is made.post is None


def test_before_the_morning_and_long_after_it_there_is_none(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    publish_and_alert(blog, clock, "Sea wall fails")
    assert compile_digests(MORNING - timedelta(seconds=1)) == 0
    assert compile_digests(MORNING + timedelta(hours=3)) == 0


def test_nothing_to_say_or_nobody_to_say_it_to_makes_no_mail(blog, clock, topic):
    wish = add_digest_subscriber(topic, clock())
    assert compile_digests(MORNING) == 0
    publish_and_alert(blog, clock, "Sea wall fails")
    Subscription.objects.filter(pk=wish.pk).update(unsubscribed_at=clock())
    assert compile_digests(MORNING) == 0
    assert not Alert.objects.filter(urgency=Urgency.DIGEST).exists()


def test_every_zone_has_its_own_morning(blog, clock, topic):
    for zone in ("", "Europe/London", "America/New_York", "Asia/Kolkata", "Not/AZone"):
        add_digest_subscriber(topic, clock(), zone=zone)
    publish_and_alert(blog, clock, "Sea wall fails")
    made = {}
    for quarter in range(4 * 24):
        now = datetime(2026, 3, 8, 19, 16, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        compile_digests(now)
        for alert in Alert.objects.filter(urgency=Urgency.DIGEST, created_at=now):
            made[alert.zone] = now
            assert alert.intended == (2 if alert.zone == "Europe/London" else 1)
    assert made == {
        "Asia/Kolkata": datetime(2026, 3, 9, 1, 31, tzinfo=UTC),
        "Europe/London": MORNING,
        "Not/AZone": MORNING,
        "America/New_York": datetime(2026, 3, 9, 11, 1, tzinfo=UTC),
    }


def test_each_digest_goes_on_where_the_last_one_ended(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    publish_and_alert(blog, clock, "Sea wall fails")
    assert compile_digests(MORNING) == 1
    clock.moment = MORNING
    publish_and_alert(blog, clock, "Harbour floods")
    assert compile_digests(MORNING + timedelta(days=1)) == 1
    newest = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    assert headlines(newest) == ["Harbour floods"]
    assert compile_digests(MORNING + timedelta(days=2)) == 0


def test_withdrawn_is_left_out_and_corrected_says_so_with_the_present_text(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    gone, wrong = publish_and_alert(blog, clock, "Mole breaks"), publish_and_alert(blog, clock, "Sea wall fails")
    withdraw(blog.slug, gone.post_id, note="It did not happen.", by="ines", now=clock.tick())
    text = Content(headline="Sea wall stands", body="<p>It leaks.</p>")
    correct(
        blog.slug, wrong.post_id, text, note="It leaks; it has not failed.", by="ines", now=clock.tick(), based_on=1
    )
    halt_outdated_alerts(now=clock())
    compile_digests(MORNING)
    made = Alert.objects.get(urgency=Urgency.DIGEST)
    assert [entry.headline for entry in build_alert_content(made).entries] == ["Corrected: Sea wall stands"]
    assert (made.items[0]["summary"], made.items[0]["note"]) == ("It leaks.", "It leaks; it has not failed.")
    assert "Mole" not in str(made.items)


def test_what_an_editor_stopped_or_nobody_approved_yet_is_left_out(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    actions.halt_alert(publish_and_alert(blog, clock, "Stopped"), now=clock())
    waiting = publish_and_alert(blog, clock, "Waiting")
    Alert.objects.filter(pk=waiting.pk).update(needs_approval=True)
    assert compile_digests(MORNING) == 0
    Alert.objects.filter(pk=waiting.pk).update(approved_at=MORNING + timedelta(hours=1))
    assert compile_digests(MORNING + timedelta(hours=2)) == 0
    assert compile_digests(MORNING + timedelta(days=1)) == 1
    assert headlines(Alert.objects.get(urgency=Urgency.DIGEST)) == ["Waiting"]


def test_a_storys_digest_has_its_key_events_and_newest_posts(blog, clock, story):
    add_digest_subscriber(story, clock())
    first, *_ = [publish_post(blog, clock, f"Wave {number}") for number in range(15)]
    mark_key_event(blog.slug, first.pk, on=True, by="ines", now=clock())
    assert compile_digests(MORNING) == 1
    made = Alert.objects.get(urgency=Urgency.DIGEST)
    assert len(made.items) == 12 and headlines(made)[-2:] == ["Wave 4", "Wave 0"]
    assert made.subject == "Storm Maren this morning: Wave 0"
    assert made.summary == "The 12 most important of 15 stories since yesterday morning."


def test_a_digest_overtaken_by_a_withdrawal_or_correction_does_not_go_on(blog, clock, topic):
    for _ in range(3):
        add_digest_subscriber(topic, clock())
    alert = publish_and_alert(blog, clock, "Sea wall fails")
    compile_digests(MORNING)
    made = Alert.objects.get(urgency=Urgency.DIGEST)
    while materialise_batch(now=MORNING, size=100):
        pass
    assert find_outdated_digests([made]) == []
    assert halt_outdated_alerts(now=MORNING).halted == 0
    withdraw(blog.slug, alert.post_id, note="It stands.", by="ines", now=MORNING)
    assert find_outdated_digests([made]) == [made]
    halt_outdated_alerts(now=MORNING)
    assert states(made) == {"halted": 3}


def frozen(blog, clock, topic, headlines=("Sea wall fails", "Ferries stop"), number=5):
    """A digest about two alerts, written down for so many readers."""
    for _ in range(number):
        add_digest_subscriber(topic, clock())
    alerts = [publish_and_alert(blog, clock, headline) for headline in headlines]
    compile_digests(MORNING)
    while materialise_batch(now=MORNING, size=100):
        pass
    return Alert.objects.get(urgency=Urgency.DIGEST), alerts


def states(alert):
    return Counter(Delivery.objects.filter(alert=alert).values_list("state", flat=True))


def test_an_overtaken_digest_goes_on_as_it_stands_now_to_those_it_did_not_reach(blog, clock, topic):
    first, alerts = frozen(blog, clock, topic)
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


def test_an_overtaken_digest_is_replaced_in_order_though_the_clock_is_put_back(blog, clock, topic):
    _, alerts = frozen(blog, clock, topic)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 5
    correct(blog.slug, alerts[1].post_id, TEXT, note="Some run.", by="ines", now=MORNING, based_on=1)
    assert replace_outdated_digests(MORNING - timedelta(hours=2)) == 5
    digests = Alert.objects.filter(urgency=Urgency.DIGEST).order_by("generation")
    assert [states(digest) for digest in digests] == [{"superseded": 5}, {"superseded": 5}, {"pending": 5}]


def test_an_editors_last_word_about_a_digest_counts_though_its_clock_was_behind(blog, clock, topic):
    first, alerts = frozen(blog, clock, topic)
    Decision.objects.create(alert=first, kind=DecisionKind.RESUMED, by="tom", at=MORNING)
    actions.halt_alert(first, now=MORNING)
    Decision.objects.create(alert=first, kind=DecisionKind.HALTED, by="ines", at=MORNING - timedelta(seconds=120))
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 0
    assert states(first) == {"halted": 5}


def test_a_digest_whose_only_item_is_gone_stays_halted(blog, clock, topic):
    first, alerts = frozen(blog, clock, topic, headlines=["Sea wall fails"])
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 0
    assert states(first) == {"halted": 5} and Alert.objects.filter(urgency=Urgency.DIGEST).count() == 1


def test_a_digest_that_an_editor_stopped_stays_stopped(blog, clock, topic):
    first, alerts = frozen(blog, clock, topic)
    actions.halt_alert(first, now=MORNING)
    Decision.objects.create(alert=first, kind=DecisionKind.HALTED, by="ines", at=MORNING)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    assert replace_outdated_digests(MORNING) == 0
    assert states(first) == {"halted": 5}


def test_a_digest_that_an_editor_stopped_and_let_go_on_is_replaced_like_any_other(blog, clock, topic):
    first, alerts = frozen(blog, clock, topic)
    actions.kill_alert(first, by="ines", now=MORNING)
    actions.resume_send(first, by="ines", now=MORNING + timedelta(seconds=5))
    later = MORNING + timedelta(minutes=1)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=later)
    assert replace_outdated_digests(later) == 5


def test_what_an_editor_stopped_in_its_place_takes_nobody_over_any_more(blog, clock, topic):
    first, alerts = frozen(blog, clock, topic)
    on_its_way = Delivery.objects.filter(alert=first).earliest("pk")
    Delivery.objects.filter(pk=on_its_way.pk).update(state=DeliveryState.IN_FLIGHT, next_attempt_at=None)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    later = MORNING + timedelta(minutes=1)
    assert replace_outdated_digests(later) == 4
    second = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    actions.kill_alert(second, by="ines", now=later)
    Delivery.objects.filter(pk=on_its_way.pk).update(state=DeliveryState.DEFERRED, next_attempt_at=later)  # come back later
    assert replace_outdated_digests(later + timedelta(minutes=1)) == 0
    assert states(second) == {"halted": 4} and Alert.objects.filter(urgency=Urgency.DIGEST).count() == 2


def test_a_handing_over_that_was_cut_short_goes_on_with_the_same_digest(blog, clock, topic, monkeypatch):
    first, alerts = frozen(blog, clock, topic)
    withdraw(blog.slug, alerts[0].post_id, note="It stands.", by="ines", now=MORNING)
    monkeypatch.setattr(replace_outdated, "DELIVERIES_PER_TRANSACTION", 2)
    whole, calls = replace_outdated._move_deliveries, []

    def dies_in_between(*given):
        calls.append(given)
        if len(calls) == 2:
            raise OSError("killed")
        return whole(*given)

    monkeypatch.setattr(replace_outdated, "_move_deliveries", dies_in_between)
    with pytest.raises(OSError, match="killed"):
        replace_outdated_digests(MORNING + timedelta(minutes=1))
    assert replace_outdated_digests(MORNING + timedelta(minutes=2)) == 3
    second = Alert.objects.filter(urgency=Urgency.DIGEST).latest("created_at")
    assert Alert.objects.filter(urgency=Urgency.DIGEST).count() == 2
    assert (states(first), states(second)) == ({"superseded": 5}, {"pending": 5})
    assert actions.load_receipt(second).intended == 5


def test_an_update_does_not_stop_a_digest(blog, clock, topic):
    add_digest_subscriber(topic, clock())
    alert = publish_and_alert(blog, clock, "Sea wall fails")
    compile_digests(MORNING)
    update(blog.slug, alert.post_id, Content(headline="More"), by="ines", now=MORNING, based_on=1, note="")
    assert halt_outdated_alerts(now=MORNING).alerts == 0


def test_the_mail_of_a_digest_can_be_made(blog, clock, topic):
    add_digest_subscriber(topic, clock(), zone="Asia/Kolkata")
    publish_and_alert(blog, clock, "Sea wall fails")
    compile_digests(datetime(2026, 3, 9, 1, 31, tzinfo=UTC))
    story = build_alert_content(Alert.objects.select_related("topic", "blog", "post").get(urgency=Urgency.DIGEST))
    assert build_alert_content(Alert(topic=topic, urgency=Urgency.DIGEST, zone="Not/AZone", created_at=MORNING)).zone.key
    assert (story.subject, story.zone.key) == ("Breaking news this morning: Sea wall fails", "Asia/Kolkata")
