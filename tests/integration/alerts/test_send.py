"""Compose, send and halt alerts, and read their receipts."""

import pytest

from stoppress.alerts import actions
from stoppress.alerts.actions import SendRequest
from stoppress.alerts.errors import AlertIdTakenError, AlertPostWithdrawnError, AlreadyAlertedError, InvalidAlertError
from stoppress.coverage.actions import correct, publish, withdraw
from stoppress.coverage.errors import PostNotFoundError
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import build_post_views
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.runtime import notifications
from stoppress.signup.actions.unsubscribe import end_subscription
from stoppress.subscribers.models import Subscriber
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert

pytestmark = pytest.mark.django_db


def test_draft_is_filled_from_the_post_and_previews_the_mail(blog, post):
    [view] = build_post_views(blog, [post])
    draft = actions.compose(blog, view, SendRequest(blog.slug, post.pk))
    assert (draft.subject, draft.summary) == ("Sea wall fails", "It failed at the north steps. Nobody is hurt.")
    assert "<h" not in draft.preview_text() and "north steps" in draft.preview_text()
    assert "north steps" in draft.preview_html() and "Follow live coverage" in draft.preview_html()


def test_send_notifies_the_mailer_and_does_nothing_when_repeated(blog, post, clock, django_capture_on_commit_callbacks):
    add_subscribers(3, clock())
    notified = []
    stop = notifications.listen(notifications.MAIL, lambda: notified.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        alert = send_post_alert(blog, post, clock)
    stop()
    assert notified == [1]
    assert send_post_alert(blog, post, clock, alert_id=alert.pk) == alert
    assert Alert.objects.count() == 1
    assert actions.load_receipt(alert).summary() == "3 waiting"


def test_send_is_refused_with_a_reason(blog, post, clock):
    with pytest.raises(InvalidAlertError, match="subject"):
        send_post_alert(blog, post, clock, subject=" \n ")
    with pytest.raises(PostNotFoundError):
        send_post_alert(blog, post, clock, post_id="nonsense")
    alert = send_post_alert(blog, post, clock)
    with pytest.raises(AlreadyAlertedError):
        send_post_alert(blog, post, clock)
    assert send_post_alert(blog, post, clock, again=True) != alert
    other = publish(blog.slug, Content(headline="Other"), by="ines", now=clock())
    with pytest.raises(AlertIdTakenError):
        send_post_alert(blog, other, clock, alert_id=alert.pk)
    withdraw(blog.slug, other.pk, note="Not so.", by="ines", now=clock())
    with pytest.raises(AlertPostWithdrawnError):
        send_post_alert(blog, other, clock)


def test_alert_goes_to_subscribers_at_the_time_of_send(blog, post, clock):
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    clock.tick()
    add_subscribers(2, clock(), first=5)
    materialise_all(clock)
    assert actions.load_receipt(alert).intended == 5
    assert actions.count_recipients(actions.breaking_topic()) == 7


def test_delivery_is_suppressed_when_the_reader_unsubscribes_after_send(blog, post, clock):
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    end_subscription(Subscriber.objects.get(key="r1@example.com").pk, alert.topic_id, now=clock.tick())
    materialise_all(clock)
    claim_deliveries(100, holder="h", now=clock())
    receipt = actions.load_receipt(alert)
    assert (receipt.intended, receipt[State.SUPPRESSED], receipt[State.IN_FLIGHT]) == (4, 1, 3)


def test_correction_halts_unsent_deliveries_and_returns_their_number(blog, post, clock):
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(2, holder="h", now=clock())
    right = Content(headline="Sea wall holds", body="<p>It held.</p>")
    correct(blog.slug, post.pk, right, note="It held.", by="ines", now=clock.tick(), based_on=1)
    halted = actions.halt_for_post(post.pk, now=clock())
    assert (halted.alerts, halted.halted, halted.already_sent) == (1, 3, 2)
    assert actions.halt_for_post(post.pk, now=clock()) == halted
    assert not claim_deliveries(10, holder="h", now=clock())
    assert actions.load_receipt(alert).summary() == "2 on their way, 3 halted"


def test_halt_includes_recipients_not_materialised_yet(blog, post, clock):
    add_subscribers(6, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_batch(now=clock(), size=2)
    withdraw(blog.slug, post.pk, note="Wrong.", by="ines", now=clock.tick())
    halted = actions.halt_for_post(post.pk, now=clock())
    assert (halted.halted, halted.already_sent) == (6, 0)
    materialise_all(clock)
    assert actions.load_receipt(alert).summary() == "6 halted"
    assert not claim_deliveries(10, holder="h", now=clock())


def test_halt_spares_an_alert_sent_after_the_correction(blog, post, clock):
    add_subscribers(2, clock())
    first = send_post_alert(blog, post, clock)
    right = Content(headline="Sea wall holds", body="<p>It held.</p>")
    correct(blog.slug, post.pk, right, note="It held.", by="ines", now=clock.tick(), based_on=1)
    second = send_post_alert(blog, post, clock, again=True, subject="Correction: wall holds", urgency="correction")
    assert actions.halt_for_post(post.pk, now=clock()).alerts == 1
    assert actions.load_receipt(first).summary() == "2 halted"
    assert actions.load_receipt(second).summary() == "2 waiting"
    assert [alert.pk for alert in actions.alerts_of_post(post.pk)] == [second.pk, first.pk]
    assert len(actions.recent_alerts()) == 2
