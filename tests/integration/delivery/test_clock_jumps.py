"""A clock that leaps in either direction delays nothing, and what expired by a leap can be sent after all."""

from datetime import timedelta

import pytest

from stoppress.alerts import actions
from stoppress.alerts.errors import BadAlert
from stoppress.coverage.actions import withdraw
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane, Letter
from stoppress.delivery.errors import CannotGoOn
from stoppress.delivery.ledger.open_alerts import docket, lanes_due
from stoppress.delivery.ledger.queue_transactional_mail import post_letter
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.sender.ledger_store import Books
from stoppress.delivery.transitions.claim_deliveries import claim
from stoppress.delivery.transitions.clock_jumps import keep_undo_windows, leap_since, pull_back_times, shift_retries
from stoppress.delivery.transitions.expire import expire
from stoppress.delivery.transitions.mark_uncertain import set_aside
from stoppress.delivery.transitions.settle import Settlement, settle
from stoppress.subscribers.models import Subscriber
from tests.factories.alerts import add_readers, freeze_all, send

pytestmark = pytest.mark.django_db

MINUTE, TWO_HOURS = timedelta(minutes=1), timedelta(hours=2)


def defer(clock, *waits):
    """Have as many deliveries tried and put off as there are waits."""
    rows = [
        Settlement(one.id, one.subscriber_id, State.DEFERRED, 1, 451, "later", clock() + wait)
        for one, wait in zip(claim(len(waits), holder="m", now=clock()), waits, strict=True)
    ]
    settle(rows, holder="m", now=clock())


def test_retries_stored_before_the_clock_was_put_back_are_due_at_once_and_logged(blog, post, clock, caplog):
    add_readers(3, clock())
    send(blog, post, clock)
    freeze_all(clock)
    defer(clock, MINUTE, MINUTE, MINUTE)
    clock.moment -= TWO_HOURS
    assert claim(10, holder="m", now=clock()) == []
    assert pull_back_times(now=clock()) == 3
    assert "3 deliveries were to be tried again in more than 31 minutes" in caplog.text
    assert len(claim(10, holder="m", now=clock())) == 3


def test_a_wait_as_long_as_any_may_be_is_left_alone(blog, post, clock):
    add_readers(2, clock())
    send(blog, post, clock)
    freeze_all(clock)
    defer(clock, timedelta(seconds=1860), timedelta(seconds=1861))
    assert pull_back_times(now=clock()) == 1


def test_a_mailer_whose_clock_is_put_back_moves_retries_by_as_much(blog, post, clock):
    add_readers(2, clock())
    send(blog, post, clock)
    freeze_all(clock)
    defer(clock, MINUTE, 20 * MINUTE)
    real = clock()
    clock.moment -= 15 * MINUTE
    step, _ = leap_since((real, 100.0), clock(), 100.0)
    assert step == -15 * MINUTE
    shift_retries(step, now=clock())
    waits = sorted(row.next_at - clock() for row in Delivery.objects.all())
    assert waits == [MINUTE, 20 * MINUTE]


def test_a_mailer_notices_at_its_next_look_that_its_clock_was_put_back(blog, post, clock, tmp_path, caplog):
    add_readers(2, clock())
    send(blog, post, clock)
    freeze_all(clock)
    books = Books(clock, tmp_path)
    books._look()
    defer(clock, MINUTE, 20 * MINUTE)
    clock.moment -= 15 * MINUTE
    books._look()
    waits = sorted(row.next_at - clock() for row in Delivery.objects.all())
    assert [round(wait.total_seconds() / 60) for wait in waits] == [1, 20]
    assert "the clock was put back by 900 s" in caplog.text


def test_the_leap_of_a_clock_is_measured_against_one_that_never_goes_back(clock):
    first = clock()
    assert leap_since(None, first, 5.0)[0] == timedelta()
    assert leap_since((first, 5.0), first + timedelta(seconds=3), 8.0)[0] == timedelta()
    assert leap_since((first, 5.0), first + timedelta(hours=1), 8.0)[0] == timedelta(minutes=59, seconds=57)


def test_pending_deliveries_leave_although_the_clock_was_put_back(blog, post, clock):
    add_readers(4, clock())
    send(blog, post, clock)
    freeze_all(clock)
    clock.moment -= TWO_HOURS
    assert lanes_due(docket(now=clock()), now=clock()) == {Lane.BREAKING}
    assert len(claim(10, holder="m", now=clock())) == 4


def test_an_alert_of_a_machine_that_is_ahead_leaves_at_once(blog, post, clock):
    add_readers(2, clock())
    alert = send(blog, post, lambda: clock() + timedelta(seconds=120))
    assert alert.may_leave(clock())
    freeze_all(clock)
    assert len(claim(10, holder="m", now=clock())) == 2


def test_a_letter_of_a_machine_that_is_ahead_leaves_at_once(blog, post, clock):
    add_readers(1, clock())
    ahead = clock() + timedelta(seconds=120)
    post_letter(Letter.CONFIRM, Subscriber.objects.get(), actions.breaking_topic(), now=ahead)
    pull_back_times(now=clock())
    assert len(claim(10, holder="m", now=clock())) == 1


def test_an_undo_window_never_lasts_longer_than_it_should_on_the_mailers_clock(blog, post, clock, caplog):
    add_readers(1, clock())
    terms = actions.Terms(undo=timedelta(seconds=30))
    alert = send(blog, post, lambda: clock() + TWO_HOURS, terms=terms)
    for _ in range(2):
        pull_back_times(now=clock())
    alert.refresh_from_db()
    assert alert.leaves_at == clock() + timedelta(seconds=30)
    assert caplog.text.count("pulled back to") == 1
    own = send(blog, post, clock, terms=terms, again=True)
    pull_back_times(now=clock())
    own.refresh_from_db()
    assert own.leaves_at == clock() + timedelta(seconds=30)


def test_a_clock_that_is_behind_does_not_cut_an_undo_window_short(blog, post, clock, caplog):
    add_readers(1, clock())
    terms = actions.Terms(undo=timedelta(seconds=30))
    seen_before = send(blog, post, lambda: clock() - TWO_HOURS, terms=terms)
    alert = send(blog, post, lambda: clock() - TWO_HOURS, terms=terms, again=True)
    assert alert.may_leave(clock())
    for _ in range(2):
        keep_undo_windows(1, now=clock())
    alert.refresh_from_db()
    seen_before.refresh_from_db()
    assert alert.leaves_at == clock() + timedelta(seconds=30)
    assert not alert.may_leave(clock())
    assert seen_before.may_leave(clock())
    assert caplog.text.count("is behind; moved to") == 1


def test_what_expired_by_a_leap_is_resumed_with_more_time(blog, post, clock):
    add_readers(5, clock())
    alert = send(blog, post, clock)
    freeze_all(clock)
    [one] = claim(1, holder="m", now=clock())
    settle([Settlement(one.id, one.subscriber_id, State.ACCEPTED, 1, 250)], holder="m", now=clock())
    right = clock()
    clock.moment += timedelta(days=9)
    assert expire(now=clock()) == 4
    clock.moment = right
    assert actions.go_on(alert, by="ines", now=clock(), more_time=timedelta(hours=4)) == 4
    alert.refresh_from_db()
    assert alert.not_after == right + timedelta(hours=4)
    assert len(claim(10, holder="m", now=clock())) == 4
    found = actions.receipt(alert)
    assert (found.intended, found[State.ACCEPTED], found[State.IN_FLIGHT], found[State.EXPIRED]) == (5, 1, 4, 0)


def test_what_expired_does_not_go_on_without_more_time(blog, post, clock):
    add_readers(2, clock())
    alert = send(blog, post, clock)
    freeze_all(clock)
    clock.moment += timedelta(days=9)
    expire(now=clock())
    with pytest.raises(CannotGoOn):
        actions.go_on(alert, by="ines", now=clock())
    for wrong in (timedelta(seconds=59), timedelta(days=7, seconds=1)):
        with pytest.raises(BadAlert, match="between 1 minute and 7 days"):
            actions.go_on(alert, by="ines", now=clock(), more_time=wrong)
    assert actions.receipt(alert)[State.EXPIRED] == 2


def test_what_expired_does_not_go_on_when_its_post_was_withdrawn(blog, post, clock):
    add_readers(2, clock())
    alert = send(blog, post, clock)
    freeze_all(clock)
    clock.moment += timedelta(days=9)
    expire(now=clock())
    withdraw(blog.slug, post.pk, by="ines", now=clock(), note="It was wrong.")
    with pytest.raises(CannotGoOn):
        actions.go_on(alert, by="ines", now=clock(), more_time=timedelta(hours=1))
    assert actions.receipt(alert)[State.EXPIRED] == 2


def test_a_restored_database_sets_aside_alerts_of_machines_that_are_ahead(blog, post, clock):
    add_readers(3, clock())
    send(blog, post, lambda: clock() + TWO_HOURS)
    freeze_all(clock, size=2)
    Alert.objects.update(frozen_at=None)
    assert set_aside(now=clock()) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.UNCERTAIN}
