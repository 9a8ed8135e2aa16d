"""A clock that jumps in either direction delays nothing, and deliveries that expired by a jump can still be sent."""

from datetime import timedelta

import pytest

from stoppress.alerts import actions
from stoppress.alerts.errors import InvalidAlertError
from stoppress.coverage.actions import withdraw
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane, TransactionalKind
from stoppress.delivery.errors import CannotResumeError
from stoppress.delivery.ledger.open_alerts import find_due_lanes, find_open_alerts
from stoppress.delivery.ledger.queue_transactional_mail import queue_transactional_mail
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.clock_jumps import (
    correct_late_times,
    measure_clock_jump,
    restore_undo_windows,
    shift_retries,
)
from stoppress.delivery.transitions.mark_uncertain import mark_all_uncertain
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.subscribers.models import Subscriber
from tests.factories.alerts import (
    add_subscribers,
    cancel_all_unsent,
    materialise_all,
    send_post_alert,
    settle_deliveries,
)

pytestmark = pytest.mark.django_db

MINUTE, TWO_HOURS = timedelta(minutes=1), timedelta(hours=2)


def defer(clock, *waits):
    """Claim one delivery for each wait and defer it by that wait."""
    rows = [
        SettledDelivery(delivery.id, delivery.subscriber_id, State.DEFERRED, 1, 451, "later", clock() + wait)
        for delivery, wait in zip(claim_deliveries(len(waits), holder="m", now=clock()), waits, strict=True)
    ]
    settle_deliveries(rows, holder="m", now=clock())


def test_retries_become_due_and_are_logged_when_the_clock_was_set_back(blog, post, clock, caplog):
    add_subscribers(3, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    defer(clock, MINUTE, MINUTE, MINUTE)
    clock.moment -= TWO_HOURS
    assert claim_deliveries(10, holder="m", now=clock()) == []
    assert correct_late_times(now=clock()) == 3
    assert "3 deliveries had their next attempt in more than 31 minutes" in caplog.text
    assert len(claim_deliveries(10, holder="m", now=clock())) == 3


def test_longest_legal_wait_is_not_changed(blog, post, clock):
    add_subscribers(2, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    defer(clock, timedelta(seconds=1860), timedelta(seconds=1861))
    assert correct_late_times(now=clock()) == 1


def test_retries_are_shifted_when_the_mailers_clock_is_set_back(blog, post, clock):
    add_subscribers(2, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    defer(clock, MINUTE, 20 * MINUTE)
    real = clock()
    clock.moment -= 15 * MINUTE
    step, _ = measure_clock_jump((real, 100.0), clock(), 100.0)
    assert step == -15 * MINUTE
    shift_retries(step, now=clock())
    waits = sorted(row.next_attempt_at - clock() for row in Delivery.objects.all())
    assert waits == [MINUTE, 20 * MINUTE]


def test_mailer_detects_at_its_next_reading_that_its_clock_was_set_back(blog, post, clock, tmp_path, caplog):
    add_subscribers(2, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    books = LedgerStore(clock, tmp_path)
    books._find_work()
    defer(clock, MINUTE, 20 * MINUTE)
    clock.moment -= 15 * MINUTE
    books._find_work()
    waits = sorted(row.next_attempt_at - clock() for row in Delivery.objects.all())
    assert [round(wait.total_seconds() / 60) for wait in waits] == [1, 20]
    assert "the clock was set back by 900 s" in caplog.text


def test_clock_jump_is_measured_against_the_monotonic_clock(clock):
    first = clock()
    assert measure_clock_jump(None, first, 5.0)[0] == timedelta()
    assert measure_clock_jump((first, 5.0), first + timedelta(seconds=3), 8.0)[0] == timedelta()
    assert measure_clock_jump((first, 5.0), first + timedelta(hours=1), 8.0)[0] == timedelta(minutes=59, seconds=57)


def test_pending_deliveries_are_claimed_when_the_clock_was_set_back(blog, post, clock):
    add_subscribers(4, clock())
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    clock.moment -= TWO_HOURS
    assert find_due_lanes(find_open_alerts(now=clock()), now=clock()) == {Lane.BREAKING}
    assert len(claim_deliveries(10, holder="m", now=clock())) == 4


def test_alert_is_sendable_at_once_when_its_machines_clock_is_ahead(blog, post, clock):
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, lambda: clock() + timedelta(seconds=120))
    assert alert.is_sendable(clock())
    materialise_all(clock)
    assert len(claim_deliveries(10, holder="m", now=clock())) == 2


def test_transactional_mail_is_due_at_once_when_its_machines_clock_is_ahead(blog, post, clock):
    add_subscribers(1, clock())
    ahead = clock() + timedelta(seconds=120)
    queue_transactional_mail(TransactionalKind.CONFIRM, Subscriber.objects.get(), actions.breaking_topic(), now=ahead)
    correct_late_times(now=clock())
    assert len(claim_deliveries(10, holder="m", now=clock())) == 1


def test_undo_window_is_shortened_when_the_other_clock_is_ahead(blog, post, clock, caplog):
    add_subscribers(1, clock())
    terms = actions.SendTerms(undo=timedelta(seconds=30))
    alert = send_post_alert(blog, post, lambda: clock() + TWO_HOURS, terms=terms)
    for _ in range(2):
        correct_late_times(now=clock())
    alert.refresh_from_db()
    assert alert.not_before == clock() + timedelta(seconds=30)
    assert caplog.text.count("moved to") == 1
    own = send_post_alert(blog, post, clock, terms=terms, again=True)
    correct_late_times(now=clock())
    own.refresh_from_db()
    assert own.not_before == clock() + timedelta(seconds=30)


def test_undo_window_is_restored_when_the_other_clock_is_behind(blog, post, clock, caplog):
    add_subscribers(1, clock())
    terms = actions.SendTerms(undo=timedelta(seconds=30))
    seen_before = send_post_alert(blog, post, lambda: clock() - TWO_HOURS, terms=terms)
    alert = send_post_alert(blog, post, lambda: clock() - TWO_HOURS, terms=terms, again=True)
    assert alert.is_sendable(clock())
    for _ in range(2):
        restore_undo_windows(1, now=clock())
    alert.refresh_from_db()
    seen_before.refresh_from_db()
    assert alert.not_before == clock() + timedelta(seconds=30)
    assert not alert.is_sendable(clock())
    assert seen_before.is_sendable(clock())
    assert caplog.text.count("is behind; moved to") == 1


def test_expired_deliveries_are_resumed_with_more_time(blog, post, clock):
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    [delivery] = claim_deliveries(1, holder="m", now=clock())
    settle_deliveries(
        [SettledDelivery(delivery.id, delivery.subscriber_id, State.ACCEPTED, 1, 250)], holder="m", now=clock()
    )
    right = clock()
    clock.moment += timedelta(days=9)
    assert cancel_all_unsent(now=clock()) == 4
    clock.moment = right
    assert actions.resume_send(alert, by="ines", now=clock(), more_time=timedelta(hours=4)) == 4
    alert.refresh_from_db()
    assert alert.not_after == right + timedelta(hours=4)
    assert len(claim_deliveries(10, holder="m", now=clock())) == 4
    found = actions.load_receipt(alert)
    assert (found.intended, found[State.ACCEPTED], found[State.IN_FLIGHT], found[State.EXPIRED]) == (5, 1, 4, 0)


def test_expired_deliveries_are_not_resumed_without_more_time(blog, post, clock):
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    clock.moment += timedelta(days=9)
    cancel_all_unsent(now=clock())
    with pytest.raises(CannotResumeError):
        actions.resume_send(alert, by="ines", now=clock())
    for wrong in (timedelta(seconds=59), timedelta(days=7, seconds=1)):
        with pytest.raises(InvalidAlertError, match="between 1 minute and 7 days"):
            actions.resume_send(alert, by="ines", now=clock(), more_time=wrong)
    assert actions.load_receipt(alert)[State.EXPIRED] == 2


def test_expired_deliveries_are_not_resumed_when_the_post_was_withdrawn(blog, post, clock):
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    clock.moment += timedelta(days=9)
    cancel_all_unsent(now=clock())
    withdraw(blog.slug, post.pk, by="ines", now=clock(), note="It was wrong.")
    with pytest.raises(CannotResumeError):
        actions.resume_send(alert, by="ines", now=clock(), more_time=timedelta(hours=1))
    assert actions.load_receipt(alert)[State.EXPIRED] == 2


def test_restored_database_marks_alerts_uncertain_when_their_machines_clock_is_ahead(blog, post, clock):
    add_subscribers(3, clock())
    send_post_alert(blog, post, lambda: clock() + TWO_HOURS)
    materialise_all(clock, size=2)
    Alert.objects.update(materialised_at=None)
    assert mark_all_uncertain(now=clock()) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.UNCERTAIN}
