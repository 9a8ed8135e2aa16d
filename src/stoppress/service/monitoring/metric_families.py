"""How mail and clock stand, as Prometheus knows it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stoppress.delivery.overdue_mail import URGENT_LANES
from stoppress.inbound.receiver_status import Way, WayIn
from stoppress.service.monitoring.alarms import CODES, alarms
from stoppress.service.monitoring.mail_statistics import CanaryFigures, MailFigures
from stoppress.service.monitoring.system_status import Standing
from stoppress.service.scheduler.job_schedule import Record


class Watch(Collector):
    """The figures of one moment; None if they could not be read: the edge's are told all the same."""

    def __init__(self, standing: Standing | None, now: datetime) -> None:
        self._standing, self._now = standing, now

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        yield gauge(
            "mail_figures_known", "Whether the figures of mail and clock could be read", self._standing is not None
        )
        if self._standing is None:
            return
        yield from _mail(self._standing.mail)
        yield from _ways_in(self._standing.mail.ways_in)
        yield from _canary(self._standing.mail.canary)
        yield gauge("clock_works", "Whether a clock is running", self._standing.clock_works)
        yield from (_job(name, meaning, self._standing.jobs, attribute) for name, meaning, attribute in JOBS)
        standing_now = {alarm.code for alarm in alarms(self._standing, self._now)}
        family = GaugeMetricFamily("stoppress_alarm", "Whether an alarm stands", labels=["alarm"])
        for code in CODES:
            family.add_metric([code], code in standing_now)
        yield family


JOBS = (
    ("clock_job_failures", "Failures in a row of a scheduled job", "failures"),
    ("clock_job_runs_total", "Runs of a scheduled job", "runs"),
    ("clock_job_failed_total", "Runs of a scheduled job that failed", "failed"),
)


def gauge(name: str, meaning: str, value: float) -> Metric:
    """One figure without labels."""
    return GaugeMetricFamily(f"stoppress_{name}", meaning, value=float(value))


def _mail(mail: MailFigures) -> Iterator[Metric]:
    yield gauge("mail_waiting", "Deliveries that wait, deferred ones among them", mail.waiting)
    yield gauge("mail_deferred", "Deliveries that are tried again", mail.deferred)
    yield gauge("mail_in_flight", "Deliveries that a mailer has taken up", mail.in_flight)
    yield gauge("mail_uncertain", "Deliveries of the last days of which nobody knows whether they left", mail.uncertain)
    due = GaugeMetricFamily("stoppress_mail_oldest_due_seconds", "How long something has been due", labels=["lane"])
    for lane, seconds in mail.oldest_due.items():
        due.add_metric([lane.name.lower()], seconds)
    yield due
    late = GaugeMetricFamily(
        "stoppress_mail_late_seconds", "How long urgent mail should have left and has not", labels=["lane"]
    )
    for lane in URGENT_LANES:
        late.add_metric([lane.name.lower()], max(mail.oldest_due.get(lane, 0.0), mail.overdue.late.get(lane, 0.0)))
    yield late
    yield gauge("mailers", "Mailers that are running", mail.mailers.running)
    yield gauge("mail_rate", "Deliveries settled per second", mail.mailers.rate)
    if mail.mailers.beat_age is not None:
        yield gauge("mailer_beat_seconds", "Seconds since a mailer last said something", mail.mailers.beat_age)
    faults = GaugeMetricFamily("stoppress_mail_relay_fault", "Relays that do not take mail", labels=["relay"])
    for relay in mail.mailers.relay_faults:
        faults.add_metric([relay], 1)
    yield faults
    yield gauge("mail_paused_domains", "Domains that get no mail for a while", mail.mailers.paused_domains)
    yield gauge("mail_policy_bounces", "Bounces of the last hour that speak of us", mail.policy_bounces)
    yield gauge("mail_set_aside", "Whether mail was set aside by the fence", bool(mail.mailers.set_aside))
    yield gauge("digests_compiled", "Digests made in the last 24 hours", mail.digests)


def _ways_in(ways: Mapping[Way, WayIn]) -> Iterator[Metric]:
    age = GaugeMetricFamily("stoppress_mail_way_in_seconds", "Seconds since a way in last worked", labels=["way"])
    fault = GaugeMetricFamily("stoppress_mail_way_in_fault", "Whether nothing comes in by it", labels=["way"])
    for way, standing in ways.items():
        if standing.age is not None:
            age.add_metric([way.value], standing.age)
        fault.add_metric([way.value], bool(standing.faults))
    yield from (age, fault)


def _canary(canary: CanaryFigures | None) -> Iterator[Metric]:
    if canary is None:
        return
    if canary.age is not None:
        yield gauge("canary_age_seconds", "Seconds since a canary was last accepted", canary.age)
    if canary.took is not None:
        yield gauge(
            "canary_latency_seconds", "How long that canary took, from the ledger to its acceptance", canary.took
        )


def _job(name: str, meaning: str, jobs: Mapping[str, Record], attribute: str) -> Metric:
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(f"stoppress_{name.removesuffix('_total')}", meaning, labels=["job"])
    for job, record in jobs.items():
        family.add_metric([job], getattr(record, attribute))
    return family
