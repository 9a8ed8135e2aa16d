"""Metrics of mail and scheduler for Prometheus."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stoppress.delivery.overdue_mail import URGENT_LANES
from stoppress.inbound.receiver_status import ReceiverHealth, ReceiverKind
from stoppress.service.monitoring.alarms import ALARM_CODES, find_alarms
from stoppress.service.monitoring.mail_statistics import CanaryStatistics, MailStatistics
from stoppress.service.monitoring.system_status import SystemStatus
from stoppress.service.scheduler.job_schedule import JobRecord


class MailCollector(Collector):
    """Metrics of one status; with None, only that it could not be read.

    The metrics of the edge do not depend on it.
    """

    def __init__(self, status: SystemStatus | None, now: datetime) -> None:
        self._status, self._now = status, now

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        yield gauge(
            "mail_figures_known", "1 if the figures of mail and scheduler could be read", self._status is not None
        )
        if self._status is None:
            return
        yield from _mail(self._status.mail)
        yield from _receivers(self._status.mail.receiver_health)
        yield from _canary(self._status.mail.canary)
        yield gauge("scheduler_running", "1 if a scheduler is running", self._status.is_scheduler_running)
        yield from (_job(name, meaning, self._status.jobs, attribute) for name, meaning, attribute in JOB_GAUGES)
        current = {alarm.code for alarm in find_alarms(self._status, self._now)}
        family = GaugeMetricFamily("stoppress_alarm", "1 while the alarm is raised", labels=["alarm"])
        for code in ALARM_CODES:
            family.add_metric([code], code in current)
        yield family


JOB_GAUGES = (
    ("scheduler_job_failures", "Failures in a row of a scheduled job", "failures"),
    ("scheduler_job_runs_total", "Runs of a scheduled job", "runs"),
    ("scheduler_job_failed_total", "Runs of a scheduled job that failed", "failed"),
)


def gauge(name: str, meaning: str, value: float) -> Metric:
    """Return a gauge without labels."""
    return GaugeMetricFamily(f"stoppress_{name}", meaning, value=float(value))


def _mail(mail: MailStatistics) -> Iterator[Metric]:
    yield gauge("mail_waiting", "Deliveries that wait, deferred ones included", mail.waiting)
    yield gauge("mail_deferred", "Deliveries that are retried later", mail.deferred)
    yield gauge("mail_in_flight", "Deliveries that a mailer has claimed", mail.in_flight)
    yield gauge("mail_uncertain", "Deliveries of the last days with unknown outcome", mail.uncertain)
    due = GaugeMetricFamily("stoppress_mail_oldest_due_seconds", "Age of the oldest due delivery", labels=["lane"])
    for lane, seconds in mail.oldest_due.items():
        due.add_metric([lane.name.lower()], seconds)
    yield due
    late = GaugeMetricFamily(
        "stoppress_mail_late_seconds",
        "Lateness of urgent mail, deferred and stuck deliveries included",
        labels=["lane"],
    )
    for lane in URGENT_LANES:
        late.add_metric(
            [lane.name.lower()], max(mail.oldest_due.get(lane, 0.0), mail.overdue.late_seconds.get(lane, 0.0))
        )
    yield late
    yield gauge("mailers", "Mailers that are running", mail.mailers.running)
    yield gauge("mail_rate", "Deliveries settled per second", mail.mailers.rate)
    if mail.mailers.heartbeat_age is not None:
        yield gauge(
            "mailer_heartbeat_age_seconds", "Seconds since the newest report of a mailer", mail.mailers.heartbeat_age
        )
    faults = GaugeMetricFamily("stoppress_mail_relay_fault", "Relays that do not accept mail", labels=["relay"])
    for relay in mail.mailers.relay_faults:
        faults.add_metric([relay], 1)
    yield faults
    yield gauge("mail_paused_domains", "Receiving domains that are paused", mail.mailers.paused_domains)
    yield gauge("mail_policy_bounces", "Bounces of the last hour that concern the newsroom", mail.policy_bounces)
    yield gauge("mail_restored", "1 if a mailer found a restored database", bool(mail.mailers.restored))
    yield gauge("digests_compiled", "Digests compiled in the last 24 hours", mail.digests)


def _receivers(receivers: Mapping[ReceiverKind, ReceiverHealth]) -> Iterator[Metric]:
    age = GaugeMetricFamily(
        "stoppress_mail_receiver_age_seconds", "Seconds since a receiver last worked", labels=["receiver"]
    )
    fault = GaugeMetricFamily("stoppress_mail_receiver_fault", "1 if a receiver does not work", labels=["receiver"])
    for receiver, health in receivers.items():
        if health.seconds_since_success is not None:
            age.add_metric([receiver.value], health.seconds_since_success)
        fault.add_metric([receiver.value], bool(health.faults))
    yield from (age, fault)


def _canary(canary: CanaryStatistics | None) -> Iterator[Metric]:
    if canary is None:
        return
    if canary.age is not None:
        yield gauge("canary_age_seconds", "Seconds since the newest accepted canary", canary.age)
    if canary.latency is not None:
        yield gauge(
            "canary_latency_seconds", "Seconds from the ledger to the acceptance of that canary", canary.latency
        )


def _job(name: str, meaning: str, jobs: Mapping[str, JobRecord], attribute: str) -> Metric:
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(f"stoppress_{name.removesuffix('_total')}", meaning, labels=["job"])
    for job, record in jobs.items():
        family.add_metric([job], getattr(record, attribute))
    return family
