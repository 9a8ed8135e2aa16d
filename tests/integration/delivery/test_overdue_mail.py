"""How late urgent mail is according to the ledger, for each cause of delay, and the alarm for it."""

from datetime import timedelta

import pytest

from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane
from stoppress.delivery.models import Alert, Delivery, MailerRun
from stoppress.delivery.overdue_mail import is_widespread, measure_overdue_mail
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery, mark_orphans_uncertain, release_unstarted
from stoppress.service.monitoring.alarms import find_alarms
from stoppress.service.monitoring.mail_statistics import mail_statistics
from stoppress.service.monitoring.system_status import SystemStatus
from tests.factories.alerts import add_subscribers, send_post_alert, settle_deliveries

pytestmark = pytest.mark.django_db


def codes(now, started):
    mail = mail_statistics(now, watched_since=started)
    return [alarm.code for alarm in find_alarms(SystemStatus(mail=mail, watched_since=started), now)]


def record_running_mailer(now, rate=0.0, holder="me"):
    """Store the heartbeat of a mailer that runs."""
    facts = {"host": "mail1", "pid": 1, "started_at": now, "heartbeat_at": now, "status": {"rate": rate}}
    MailerRun.objects.update_or_create(pk=holder, defaults=facts)


def materialised_alert(blog, post, clock, number):
    add_subscribers(number, clock())
    alert = send_post_alert(blog, post, clock)
    while materialise_batch(now=clock(), size=1000):
        pass
    alert.refresh_from_db()
    return alert


def defer_some(deliveries, clock, wait=30):
    again = clock() + timedelta(seconds=wait)
    deferred = [
        SettledDelivery(delivery.id, delivery.subscriber_id, State.DEFERRED, 1, 451, "later", again)
        for delivery in deliveries
    ]
    settle_deliveries(deferred, holder="me", now=clock())


def test_pending_mail_is_an_alarm_when_the_mailer_runs_but_sends_nothing(blog, post, clock):
    start = clock()
    materialised_alert(blog, post, clock, 3)
    record_running_mailer(clock.tick(60))
    assert codes(clock(), start) == []
    record_running_mailer(clock.tick(2))
    assert codes(clock(), start) == ["late"]


def test_alert_is_late_when_no_mailer_materialises_it(blog, post, clock):
    start = clock()
    add_subscribers(3, start)
    send_post_alert(blog, post, clock)
    assert Delivery.objects.count() == 0
    now = clock.tick(75)
    record_running_mailer(now)
    late = measure_overdue_mail(now, moving=False).late_seconds
    assert set(late) == {Lane.BREAKING} and 74 <= late[Lane.BREAKING] <= 76
    assert codes(now, start) == ["late"]


def test_lateness_counts_from_send_or_from_resume(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    clock.tick(75)
    while materialise_batch(now=clock(), size=1000):
        pass
    assert 74 <= measure_overdue_mail(clock(), moving=False).late_seconds[Lane.BREAKING] <= 77
    clock.tick(600)
    Delivery.objects.filter(alert=alert).update(next_attempt_at=clock())
    assert measure_overdue_mail(clock(), moving=False).late_seconds == {}


def test_alert_is_not_late_in_its_undo_window_or_when_halted(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    now = clock.tick(75)
    Alert.objects.filter(pk=alert.pk).update(not_before=now + timedelta(seconds=5))
    assert measure_overdue_mail(now, moving=False).late_seconds == {}
    Alert.objects.filter(pk=alert.pk).update(not_before=None, halted_at=now)
    assert measure_overdue_mail(now, moving=False).late_seconds == {}


def test_alert_is_late_when_every_delivery_is_deferred(blog, post, clock):
    start = clock()
    materialised_alert(blog, post, clock, 30)
    defer_some(claim_deliveries(30, holder="me", now=clock()), clock, wait=600)
    record_running_mailer(clock.tick(62), rate=5.0)
    assert Delivery.objects.filter(next_attempt_at__lte=clock()).count() == 0
    assert codes(clock(), start) == ["late"]


def test_alarm_is_raised_for_a_paused_domain_and_not_for_a_few_full_mailboxes(blog, post, clock):
    start = clock()
    materialised_alert(blog, post, clock, 100)
    deliveries = claim_deliveries(100, holder="me", now=clock())
    defer_some(deliveries[:9], clock, wait=600)
    accepted = [
        SettledDelivery(delivery.id, delivery.subscriber_id, State.ACCEPTED, 1, 250) for delivery in deliveries[10:]
    ]
    settle_deliveries(accepted, holder="me", now=clock())
    record_running_mailer(clock.tick(62), rate=1.0)
    assert codes(clock(), start) == []
    defer_some(deliveries[9:10], clock, wait=600)
    assert codes(clock(), start) == ["late"]


@pytest.mark.parametrize(
    ("count", "of_all", "many"),
    [(0, 0, False), (1, 1, True), (1, 2, True), (1, 3, False), (9, 19, False), (10, 500, True), (10, 501, False)],
)
def test_is_widespread_depends_on_count_and_share(count, of_all, many):
    assert is_widespread(count, of_all) is many


def test_deliveries_in_flight_are_late_when_no_mailer_settles(blog, post, clock):
    start = clock()
    materialised_alert(blog, post, clock, 3)
    claim_deliveries(3, holder="me", now=clock())
    record_running_mailer(clock.tick(62), rate=2.0)
    assert codes(clock(), start) == []
    record_running_mailer(clock())
    assert codes(clock(), start) == ["late"]


def test_mail_is_an_alarm_when_a_clock_set_back_postponed_it(blog, post, clock):
    start = clock()
    materialised_alert(blog, post, clock, 3)
    clock.tick(62)
    Delivery.objects.update(next_attempt_at=clock() + timedelta(hours=2))
    Alert.objects.update(created_at=clock())
    record_running_mailer(clock())
    assert measure_overdue_mail(clock(), moving=False).ahead_seconds == {Lane.BREAKING: 7200.0}
    assert codes(clock(), start) == ["late"]
    Alert.objects.update(not_before=clock() + timedelta(hours=2))
    assert codes(clock(), start) == []


def test_unstarted_deliveries_of_a_dead_mailer_become_pending_and_started_ones_uncertain(blog, post, clock):
    materialised_alert(blog, post, clock, 5)
    mine = [delivery.id for delivery in claim_deliveries(3, holder="dead", now=clock())]
    others = [delivery.id for delivery in claim_deliveries(2, holder="alive", now=clock())]
    assert release_unstarted("dead", {mine[0], others[0]}, now=clock()) == 2
    assert mark_orphans_uncertain(now=clock(), holders=["dead"]) == 1
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert [states[pk] for pk in mine] == ["uncertain", "pending", "pending"]
    assert [states[pk] for pk in others] == ["in_flight", "in_flight"]
    assert {delivery.id for delivery in claim_deliveries(5, holder="next", now=clock())} == set(mine[1:])
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}
