"""Alarms, as a pure function of the status of an installation.

Each alarm has a code for programs and a sentence for people. Alarms concern mail and scheduled jobs: late mail is no
reason to restart the process that serves readers' pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.coverage.localisation.numbers import group_digits
from stoppress.delivery.choices import Lane
from stoppress.delivery.overdue_mail import URGENT_LANES
from stoppress.inbound.receiver_status import ReceiverKind
from stoppress.runtime.storage_faults import StorageFault
from stoppress.service.monitoring.disk_space import DiskSpace
from stoppress.service.monitoring.mail_statistics import MailStatistics
from stoppress.service.monitoring.system_status import SystemStatus

MAX_DUE_AGE = timedelta(minutes=1)
"""Maximum age of due mail, and time in which scheduler and mailer may start."""
MAX_POLICY_BOUNCES = 5
"""Bounces in an hour that concern the newsroom; single ones come from misconfigured servers."""
MAX_JOB_FAILURES = 2
"""Failures of a job in a row; the first one is retried after a minute."""


RECEIVER_FAULTS = {
    ReceiverKind.MAILBOX: gettext_lazy("The bounce mailbox cannot be read"),
    ReceiverKind.LISTENER: gettext_lazy("The bounce listener does not listen"),
}


@dataclass(frozen=True)
class Alarm:
    """One of ALARM_CODES with a sentence for people."""

    code: str
    text: str


LANE_NAMES = {
    Lane.BREAKING: gettext_lazy("Breaking news"),
    Lane.CORRECTION: gettext_lazy("A correction"),
    Lane.CONFIRMATION: gettext_lazy("A confirmation"),
}

DATABASE_REPLACED = gettext_lazy(
    "The database file was replaced or deleted while the server runs. Nothing can be saved until it is put back and "
    "the server is restarted"
)
WRITE_FAULTS = {
    StorageFault.FULL: gettext_lazy("the disk is full"),
    StorageFault.LOCKED: gettext_lazy("another program holds the database locked"),
    StorageFault.READ_ONLY: gettext_lazy("the database is read-only"),
    StorageFault.BROKEN: gettext_lazy("the disk or the database is damaged"),
    StorageFault.UNREACHABLE: gettext_lazy("the database does not answer"),
    StorageFault.REPLACED: gettext_lazy("the database file was replaced"),
    StorageFault.OTHER_VERSION: gettext_lazy(
        "a newer version of the program migrated the database; restart the server"
    ),
}
ALARM_CODES = (
    "database",
    "disk",
    "canary",
    "late",
    "mailer",
    "shortfall",
    "relay",
    "restored",
    "bounces",
    "mailbox",
    "listener",
    "clock",
    "jobs",
)


def find_alarms(status: SystemStatus, now: datetime) -> list[Alarm]:
    """Return all alarms, the most urgent first."""
    return [Alarm(code, text) for code, text in _iterate_alarms(status, now)]


def _iterate_alarms(status: SystemStatus, now: datetime) -> Iterator[tuple[str, str]]:
    if status.is_database_replaced:
        yield "database", str(DATABASE_REPLACED)
    elif status.write_fault:
        yield "database", describe_write_fault(status.write_fault)
    if low := describe_low_disks(status.disks):
        yield "disk", low
    mail, is_started = status.mail, now - status.watched_since > MAX_DUE_AGE
    if mail.mailers.restored:
        yield (
            "restored",
            _("The database was restored; waiting deliveries are uncertain until an editor decides: {restored}").format(
                restored=mail.mailers.restored
            ),
        )
    if mail.shortfalls:
        alerts = ", ".join(f"{alert}: {missing:,}" for alert, missing in sorted(mail.shortfalls.items()))
        yield "shortfall", _("Alerts lack recipients that were counted at Send: {alerts}").format(alerts=alerts)
    if is_started and (late := describe_late_lanes(mail)):
        yield (
            "late",
            _("{late}; {waiting} messages wait").format(late=late, waiting=group_digits(mail.waiting)),
        )
    if (
        is_started
        and not mail.mailers.running
        and not status.write_fault  # it has its own alarm
        and max(mail.oldest_due.values(), default=0) > MAX_DUE_AGE.total_seconds()
    ):
        yield (
            "mailer",
            _("No mailer is running, and {waiting} messages wait").format(waiting=group_digits(mail.waiting)),
        )
    if mail.mailers.relay_faults:
        faults = ", ".join(f"{relay} ({fault})" for relay, fault in sorted(mail.mailers.relay_faults.items()))
        yield "relay", _("A relay does not accept mail: {faults}").format(faults=faults)
    if mail.canary and mail.canary.is_late:
        yield "canary", _("The last canary was not accepted in time")
    if mail.policy_bounces >= MAX_POLICY_BOUNCES:
        yield (
            "bounces",
            _("{number} bounces in an hour concern the newsroom, not an address").format(
                number=group_digits(mail.policy_bounces)
            ),
        )
    for receiver, text in RECEIVER_FAULTS.items():
        if receiver in mail.receiver_health and (faults_by_host := mail.receiver_health[receiver].faults):
            yield receiver.value, f"{text}: {_join_faults(faults_by_host)}"
    if is_started and not status.is_scheduler_running:
        yield "clock", _("No scheduler is running: no digests, no canary")
    if failing := [name for name, record in status.jobs.items() if record.failures >= MAX_JOB_FAILURES]:
        yield "jobs", _("Scheduled jobs fail: {names}").format(names=", ".join(sorted(failing)))


def describe_write_fault(fault: StorageFault) -> str:
    """Return a text about a database that cannot be written."""
    return _("Nothing can be saved: {fault}").format(fault=WRITE_FAULTS[fault])


def describe_low_disks(disks: Sequence[DiskSpace]) -> str:
    """Return a text about disks that are nearly full; empty if there are none."""
    low = "; ".join(space.describe() for space in disks if space.is_low)
    return _("The disk is nearly full; left: {space}").format(space=low) if low else ""


def describe_late_lanes(mail: MailStatistics) -> str:
    """Return a text about urgent lanes with deliveries more than MAX_DUE_AGE late; empty if there are none."""
    texts = []
    for lane in URGENT_LANES:
        seconds = max(mail.oldest_due.get(lane, 0.0), mail.overdue.late_seconds.get(lane, 0.0))
        if seconds > MAX_DUE_AGE.total_seconds():
            text = _("{lane} is late: due for {seconds} s and not delivered to the relay")
            texts.append(text.format(lane=LANE_NAMES[lane], seconds=f"{seconds:.0f}"))
        elif ahead := mail.overdue.ahead_seconds.get(lane):
            text = _("{lane} waits for a time {seconds} s ahead: was the clock set back?")
            texts.append(text.format(lane=LANE_NAMES[lane], seconds=f"{ahead:.0f}"))
    return "; ".join(texts)


def _join_faults(faults: Mapping[str, str]) -> str:
    return "; ".join(f"{fault} ({host})" if host else fault for host, fault in sorted(faults.items()))
