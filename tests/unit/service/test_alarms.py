"""Alarms and metrics computed from a status, and the cache of the status."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from stoppress.delivery.choices import Lane
from stoppress.delivery.overdue_mail import OverdueMail
from stoppress.inbound.receiver_status import ReceiverHealth, ReceiverKind
from stoppress.runtime.storage_faults import StorageFault
from stoppress.runtime.ttl_cache import MIN_TTL_SECONDS, TTL_PER_COMPUTE_TIME, TtlCache
from stoppress.service.monitoring.alarms import ALARM_CODES, find_alarms
from stoppress.service.monitoring.mail_statistics import CanaryStatistics, MailerStatistics, MailStatistics
from stoppress.service.monitoring.metric_families import MailCollector
from stoppress.service.monitoring.system_status import SystemStatus
from stoppress.service.scheduler.job_schedule import JobRecord

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
HEALTHY = SystemStatus(MailStatistics(mailers=MailerStatistics(1, 0.4)), watched_since=NOW - timedelta(hours=1))
LATE = MailStatistics(waiting=3, oldest_due={Lane.BREAKING: 61.0})
FAILING = {"digests": JobRecord(NOW, failures=2), "sweep": JobRecord(NOW, failures=1)}


def codes(status):
    return [alarm.code for alarm in find_alarms(status, NOW)]


def mail(**changes):
    return replace(HEALTHY, mail=replace(HEALTHY.mail, **changes))


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (replace(HEALTHY, is_database_replaced=True), "database", "The database file was replaced or deleted while"),
        (replace(HEALTHY, write_fault=StorageFault.FULL), "database", "Nothing can be saved: the disk is full"),
        (replace(HEALTHY, write_fault=StorageFault.READ_ONLY), "database", "saved: the database is read-only"),
        (mail(oldest_due={Lane.DIGEST: 61.0}, waiting=3, mailers=MailerStatistics()), "mailer", "3 messages wait"),
        (mail(oldest_due={Lane.BREAKING: 60.5}), "late", "Breaking news is late: due for 60 s"),
        (mail(oldest_due={Lane.CORRECTION: 61.0}), "late", "A correction is late: due for 61 s"),
        (
            mail(overdue=OverdueMail(late_seconds={Lane.CONFIRMATION: 61.0})),
            "late",
            "A confirmation is late: due for 61 s",
        ),
        (
            mail(overdue=OverdueMail(ahead_seconds={Lane.BREAKING: 7200.0})),
            "late",
            "a time 7200 s ahead: was the clock set back?",
        ),
        (
            mail(mailers=MailerStatistics(1, 0.1, 9.0, {"relay1": "refuses the log-in"})),
            "relay",
            "relay1 (refuses the log-in)",
        ),
        (
            mail(mailers=MailerStatistics(1, 0.1, restored="older backup")),
            "restored",
            "an editor decides: older backup",
        ),
        (mail(canary=CanaryStatistics(None, None, is_late=True)), "canary", "last canary"),
        (mail(policy_bounces=5), "bounces", "5 bounces in an hour"),
        (
            mail(receiver_health={ReceiverKind.MAILBOX: ReceiverHealth(900, {"mx1": "LOGIN failed"})}),
            "mailbox",
            "read: LOGIN failed (mx1)",
        ),
        (
            mail(receiver_health={ReceiverKind.LISTENER: ReceiverHealth(None, {"": "no process listens"})}),
            "listener",
            "no process listens",
        ),
        (replace(HEALTHY, is_scheduler_running=False), "clock", "no digests"),
        (replace(HEALTHY, jobs=FAILING), "jobs", "fail: digests"),
    ],
)
def test_alarm_has_its_code_and_text_when_something_is_wrong(status, code, text):
    assert codes(status) == [code]
    assert text in find_alarms(status, NOW)[0].text
    assert code in ALARM_CODES


def test_late_breaking_news_raises_its_own_alarm_when_no_mailer_runs():
    assert codes(replace(HEALTHY, mail=LATE)) == ["late", "mailer"]


def test_late_alarm_is_not_raised_within_a_minute_or_for_digests():
    minute = {Lane.BREAKING: 60.0, Lane.CORRECTION: 60.0, Lane.CONFIRMATION: 60.0, Lane.DIGEST: 4000.0}
    assert codes(mail(oldest_due=minute, overdue=OverdueMail(late_seconds=minute))) == []


def test_no_alarm_is_raised_when_all_is_well():
    assert codes(HEALTHY) == []
    assert (
        codes(mail(canary=CanaryStatistics(30, 0.4, is_late=False), policy_bounces=4, oldest_due={Lane.DIGEST: 900}))
        == []
    )


def test_no_alarm_is_raised_in_the_first_minute_after_a_start():
    started = replace(HEALTHY, mail=LATE, is_scheduler_running=False, watched_since=NOW - timedelta(seconds=60))
    assert codes(started) == []


def test_metrics_contain_statistics_and_every_alarm():
    registry = CollectorRegistry()
    receivers = {
        ReceiverKind.MAILBOX: ReceiverHealth(30.0),
        ReceiverKind.LISTENER: ReceiverHealth(None, {"mx1": "Address already in use"}),
    }
    mail = replace(LATE, canary=CanaryStatistics(30.0, 0.4, is_late=False), digests=2, receiver_health=receivers)
    full = replace(HEALTHY, mail=mail, jobs=FAILING)
    registry.register(MailCollector(full, NOW))
    text = generate_latest(registry).decode()
    for line in (
        "stoppress_mail_waiting 3.0",
        'stoppress_mail_oldest_due_seconds{lane="breaking"} 61.0',
        'stoppress_mail_late_seconds{lane="breaking"} 61.0',
        'stoppress_mail_late_seconds{lane="correction"} 0.0',
        'stoppress_alarm{alarm="late"} 1.0',
        'stoppress_alarm{alarm="mailer"} 1.0',
        'stoppress_alarm{alarm="canary"} 0.0',
        "stoppress_canary_latency_seconds 0.4",
        "stoppress_digests_compiled 2.0",
        'stoppress_mail_receiver_age_seconds{receiver="mailbox"} 30.0',
        'stoppress_mail_receiver_fault{receiver="mailbox"} 0.0',
        'stoppress_mail_receiver_fault{receiver="listener"} 1.0',
        'stoppress_alarm{alarm="listener"} 1.0',
        'stoppress_scheduler_job_failures{job="digests"} 2.0',
        'stoppress_scheduler_job_runs_total{job="sweep"} 0.0',
    ):
        assert line in text


def test_metrics_report_unknown_figures_when_status_cannot_be_read():
    registry = CollectorRegistry()
    registry.register(MailCollector(None, NOW))
    assert "stoppress_mail_figures_known 0.0" in generate_latest(registry).decode()


class Finder:
    """Finds 1, 2, 3 … and takes its time."""

    def __init__(self, takes=0.0):
        self.time, self.takes, self.found, self.broken = 100.0, takes, 0, False

    def __call__(self):
        self.time += self.takes
        if self.broken:
            raise OSError("it does not answer")
        self.found += 1
        return self.found


def test_ttl_cache_keeps_a_value_for_a_second_or_twenty_times_its_cost():
    for takes, good_for in ((0.0, MIN_TTL_SECONDS), (2.0, 2.0 * TTL_PER_COMPUTE_TIME)):
        find = Finder(takes)
        kept = TtlCache(find, lambda find=find: find.time)
        assert [kept(), kept()] == [1, 1]
        find.time += good_for - 0.01
        assert kept() == 1
        find.time += 0.01
        assert kept() == 2
        kept.invalidate()
        assert kept() == 3


def test_ttl_cache_does_not_keep_a_failure():
    find = Finder()
    kept = TtlCache(find, lambda: find.time)
    find.broken = True
    with pytest.raises(OSError, match="answer"):
        kept()
    find.broken = False
    assert kept() == 1
