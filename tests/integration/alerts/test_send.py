"""What an editor does: compose, send, stop, read the receipt."""

import pytest

from stoppress.alerts import actions
from stoppress.alerts.actions import SendRequest
from stoppress.alerts.errors import AlertIdTaken, AlreadyAlerted, BadAlert, PostWithdrawn
from stoppress.coverage.actions import correct, publish, withdraw
from stoppress.coverage.errors import NoSuchPost
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import post_views
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Alert
from stoppress.delivery.recipients.materialise_recipients import freeze_slice
from stoppress.delivery.transitions.claim_deliveries import claim
from stoppress.runtime import notifications
from stoppress.signup.actions.unsubscribe import leave_by_address
from stoppress.subscribers.models import Subscriber
from tests.factories.alerts import add_readers, freeze_all, send

pytestmark = pytest.mark.django_db


def test_a_draft_is_filled_from_the_post_and_shows_the_mail_itself(blog, post):
    [view] = post_views(blog, [post])
    draft = actions.compose(blog, view, SendRequest(blog.slug, post.pk))
    assert (draft.subject, draft.summary) == ("Sea wall fails", "It failed at the north steps. Nobody is hurt.")
    assert "<h" not in draft.preview_text() and "north steps" in draft.preview_text()
    assert "north steps" in draft.preview_html() and "Follow live coverage" in draft.preview_html()


def test_send_rings_for_the_mailer_and_a_second_send_of_the_same_screen_does_nothing(
    blog, post, clock, django_capture_on_commit_callbacks
):
    add_readers(3, clock())
    rung = []
    stop = notifications.listen(notifications.MAIL, lambda: rung.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        alert = send(blog, post, clock)
    stop()
    assert rung == [1]
    assert send(blog, post, clock, alert_id=alert.pk) == alert
    assert Alert.objects.count() == 1
    assert actions.receipt(alert).words() == "3 waiting"


def test_what_cannot_be_sent_is_refused_with_a_reason(blog, post, clock):
    with pytest.raises(BadAlert, match="subject"):
        send(blog, post, clock, subject=" \n ")
    with pytest.raises(NoSuchPost):
        send(blog, post, clock, post_id="nonsense")
    alert = send(blog, post, clock)
    with pytest.raises(AlreadyAlerted):
        send(blog, post, clock)
    assert send(blog, post, clock, again=True) != alert
    other = publish(blog.slug, Content(headline="Other"), by="ines", now=clock())
    with pytest.raises(AlertIdTaken):
        send(blog, other, clock, alert_id=alert.pk)
    withdraw(blog.slug, other.pk, note="Not so.", by="ines", now=clock())
    with pytest.raises(PostWithdrawn):
        send(blog, other, clock)


def test_only_those_who_were_signed_up_at_send_get_it(blog, post, clock):
    add_readers(5, clock())
    alert = send(blog, post, clock)
    clock.tick()
    add_readers(2, clock(), first=5)
    freeze_all(clock)
    assert actions.receipt(alert).intended == 5
    assert actions.count_recipients(actions.breaking_topic()) == 7


def test_who_leaves_after_send_is_suppressed_and_counted(blog, post, clock):
    add_readers(4, clock())
    alert = send(blog, post, clock)
    leave_by_address(Subscriber.objects.get(key="r1@example.com").pk, alert.topic_id, now=clock.tick())
    freeze_all(clock)
    claim(100, holder="h", now=clock())
    receipt = actions.receipt(alert)
    assert (receipt.intended, receipt[State.SUPPRESSED], receipt[State.IN_FLIGHT]) == (4, 1, 3)


def test_a_correction_stops_what_has_not_left_and_says_how_much(blog, post, clock):
    add_readers(5, clock())
    alert = send(blog, post, clock)
    freeze_all(clock)
    claim(2, holder="h", now=clock())
    right = Content(headline="Sea wall holds", body="<p>It held.</p>")
    correct(blog.slug, post.pk, right, note="It held.", by="ines", now=clock.tick(), based_on=1)
    halted = actions.halt_for_post(post.pk, now=clock())
    assert (halted.alerts, halted.halted, halted.already) == (1, 3, 2)
    assert actions.halt_for_post(post.pk, now=clock()) == halted
    assert not claim(10, holder="h", now=clock())
    assert actions.receipt(alert).words() == "2 on their way, 3 halted"


def test_halting_reaches_recipients_that_are_not_even_written_down(blog, post, clock):
    add_readers(6, clock())
    alert = send(blog, post, clock)
    freeze_slice(now=clock(), size=2)
    withdraw(blog.slug, post.pk, note="Wrong.", by="ines", now=clock.tick())
    halted = actions.halt_for_post(post.pk, now=clock())
    assert (halted.halted, halted.already) == (6, 0)
    freeze_all(clock)
    assert actions.receipt(alert).words() == "6 halted"
    assert not claim(10, holder="h", now=clock())


def test_an_alert_sent_after_the_correction_is_left_alone(blog, post, clock):
    add_readers(2, clock())
    first = send(blog, post, clock)
    right = Content(headline="Sea wall holds", body="<p>It held.</p>")
    correct(blog.slug, post.pk, right, note="It held.", by="ines", now=clock.tick(), based_on=1)
    second = send(blog, post, clock, again=True, subject="Correction: wall holds", urgency="correction")
    assert actions.halt_for_post(post.pk, now=clock()).alerts == 1
    assert actions.receipt(first).words() == "2 halted"
    assert actions.receipt(second).words() == "2 waiting"
    assert [alert.pk for alert in actions.alerts_of_post(post.pk)] == [second.pk, first.pk]
    assert len(actions.recent_alerts()) == 2
