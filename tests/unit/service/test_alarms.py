"""Which alarms stand, and how seldom figures are made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from stoppress.delivery.choices import Lane
from stoppress.delivery.overdue_mail import Overdue
from stoppress.inbound.receiver_status import Way, WayIn
from stoppress.runtime.ttl_cache import AT_LEAST, SHARE, Kept
from stoppress.service.monitoring.alarms import CODES, alarms
from stoppress.service.monitoring.mail_statistics import CanaryFigures, Mailers, MailFigures
from stoppress.service.monitoring.metric_families import Watch
from stoppress.service.monitoring.system_status import Standing
from stoppress.service.scheduler.job_schedule import Record

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
WELL = Standing(MailFigures(mailers=Mailers(1, 0.4)), watched_since=NOW - timedelta(hours=1))
LATE = MailFigures(waiting=3, oldest_due={Lane.BREAKING: 61.0})
FAILING = {"digests": Record(NOW, failures=2), "sweep": Record(NOW, failures=1)}


def codes(standing):
    return [alarm.code for alarm in alarms(standing, NOW)]


def mail(**facts):
    return replace(WELL, mail=replace(WELL.mail, **facts))


@pytest.mark.parametrize(
    ("standing", "code", "words"),
    [
        (mail(oldest_due={Lane.DIGEST: 61.0}, waiting=3, mailers=Mailers()), "mailer", "3 messages wait"),
        (mail(oldest_due={Lane.BREAKING: 60.5}), "late", "Breaking news is late: due for 60 s"),
        (mail(oldest_due={Lane.CORRECTION: 61.0}), "late", "A correction is late: due for 61 s"),
        (mail(overdue=Overdue(late={Lane.CONFIRMATION: 61.0})), "late", "A confirmation is late: due for 61 s"),
        (mail(overdue=Overdue(ahead={Lane.BREAKING: 7200.0})), "late", "a time 7200 s ahead: was the clock put back?"),
        (mail(mailers=Mailers(1, 0.1, 9.0, {"relay1": "refuses the log-in"})), "relay", "relay1 (refuses the log-in)"),
        (mail(mailers=Mailers(1, 0.1, set_aside="it was put back")), "fence", "editor's word: it was put back"),
        (mail(canary=CanaryFigures(None, None, late=True)), "canary", "dry run"),
        (mail(policy_bounces=5), "bounces", "5 messages came back"),
        (mail(ways_in={Way.MAILBOX: WayIn(900, {"mx1": "LOGIN failed"})}), "mailbox", "read: LOGIN failed (mx1)"),
        (mail(ways_in={Way.LISTENER: WayIn(None, {"": "no process listens"})}), "listener", "no process listens"),
        (replace(WELL, clock_works=False), "clock", "no digests"),
        (replace(WELL, jobs=FAILING), "jobs", "fails: digests"),
    ],
)
def test_what_is_wrong_is_said_by_its_code_and_in_words(standing, code, words):
    assert codes(standing) == [code]
    assert words in alarms(standing, NOW)[0].words
    assert code in CODES


def test_late_breaking_news_is_an_alarm_of_its_own_beside_a_missing_mailer():
    assert codes(replace(WELL, mail=LATE)) == ["late", "mailer"]


def test_urgent_mail_gets_a_minute_and_a_digest_is_never_late():
    minute = {Lane.BREAKING: 60.0, Lane.CORRECTION: 60.0, Lane.CONFIRMATION: 60.0, Lane.DIGEST: 4000.0}
    assert codes(mail(oldest_due=minute, overdue=Overdue(late=minute))) == []


def test_what_is_well_raises_no_alarm():
    assert codes(WELL) == []
    assert codes(mail(canary=CanaryFigures(30, 0.4, late=False), policy_bounces=4, oldest_due={Lane.DIGEST: 900})) == []


def test_a_mailer_and_a_clock_get_a_minute_to_start():
    started = replace(WELL, mail=LATE, clock_works=False, watched_since=NOW - timedelta(seconds=60))
    assert codes(started) == []


def test_figures_are_told_to_prometheus_with_every_alarm_by_its_code():
    registry = CollectorRegistry()
    ways_in = {Way.MAILBOX: WayIn(30.0), Way.LISTENER: WayIn(None, {"mx1": "Address already in use"})}
    mail = replace(LATE, canary=CanaryFigures(30.0, 0.4, late=False), digests=2, ways_in=ways_in)
    full = replace(WELL, mail=mail, jobs=FAILING)
    registry.register(Watch(full, NOW))
    said = generate_latest(registry).decode()
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
        'stoppress_mail_way_in_seconds{way="mailbox"} 30.0',
        'stoppress_mail_way_in_fault{way="mailbox"} 0.0',
        'stoppress_mail_way_in_fault{way="listener"} 1.0',
        'stoppress_alarm{alarm="listener"} 1.0',
        'stoppress_clock_job_failures{job="digests"} 2.0',
        'stoppress_clock_job_runs_total{job="sweep"} 0.0',
    ):
        assert line in said


def test_prometheus_is_told_when_figures_are_not_known():
    registry = CollectorRegistry()
    registry.register(Watch(None, NOW))
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


def test_an_answer_is_good_for_a_second_or_twenty_times_what_it_cost():
    for takes, good_for in ((0.0, AT_LEAST), (2.0, 2.0 * SHARE)):
        find = Finder(takes)
        kept = Kept(find, lambda find=find: find.time)
        assert [kept(), kept()] == [1, 1]
        find.time += good_for - 0.01
        assert kept() == 1
        find.time += 0.01
        assert kept() == 2
        kept.forget()
        assert kept() == 3


def test_a_failure_is_not_kept():
    find = Finder()
    kept = Kept(find, lambda: find.time)
    find.broken = True
    with pytest.raises(OSError, match="answer"):
        kept()
    find.broken = False
    assert kept() == 1
