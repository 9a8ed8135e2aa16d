"""What an operator must know at once. Pure: how things stand in, alarms out.

Each alarm has a code for machines, which never changes, and words for people. An alarm never says that readers' pages
do not work: mail that is late is no reason to restart the process that serves them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from stoppress.delivery.choices import Lane
from stoppress.delivery.overdue_mail import URGENT_LANES
from stoppress.inbound.receiver_status import Way
from stoppress.service.monitoring.mail_statistics import MailFigures
from stoppress.service.monitoring.system_status import Standing

PATIENCE = timedelta(minutes=1)
"""How long mail may wait without a mailer, and a clock or mailer may take to start."""
POLICY_LIMIT = 5
"""Bounces in an hour that speak of us; single ones come from servers that are peculiar."""
FAILURES = 2
"""In a row, of a job; the first one is tried again a minute later."""


SILENCED = {
    Way.MAILBOX: "The mailbox that bounces go to cannot be read",
    Way.LISTENER: "What comes back by SMTP or LMTP is not taken",
}


@dataclass(frozen=True)
class Alarm:
    """One of CODES, and what it means now."""

    code: str
    words: str


MAIL_OF = {Lane.BREAKING: "Breaking news", Lane.CORRECTION: "A correction", Lane.CONFIRMATION: "A confirmation"}

CODES = ("canary", "late", "mailer", "shortfall", "relay", "fence", "bounces", "mailbox", "listener", "clock", "jobs")


def alarms(standing: Standing, now: datetime) -> list[Alarm]:
    """Everything that is wrong, the most pressing first."""
    return [Alarm(code, words) for code, words in _found(standing, now)]


def _found(standing: Standing, now: datetime) -> Iterator[tuple[str, str]]:
    mail, settled = standing.mail, now - standing.watched_since > PATIENCE
    if mail.mailers.set_aside:
        yield "fence", f"What waited was not sent and wants an editor's word: {mail.mailers.set_aside}"
    if mail.shortfalls:
        found = ", ".join(f"{alert}: {missing:,}" for alert, missing in sorted(mail.shortfalls.items()))
        yield "shortfall", f"Alerts were not written down for all readers counted at Send, missing are: {found}"
    if settled and (late := late_lanes(mail)):
        yield "late", f"{late}; {mail.waiting:,} messages wait"
    if settled and not mail.mailers.running and max(mail.oldest_due.values(), default=0) > PATIENCE.total_seconds():
        yield "mailer", f"No mailer is running, and {mail.waiting:,} messages wait"
    if mail.mailers.relay_faults:
        faults = ", ".join(f"{relay} ({fault})" for relay, fault in sorted(mail.mailers.relay_faults.items()))
        yield "relay", f"The relay does not take mail: {faults}"
    if mail.canary and mail.canary.late:
        yield "canary", "The last dry run of an alert did not arrive in time"
    if mail.policy_bounces >= POLICY_LIMIT:
        yield "bounces", f"{mail.policy_bounces:,} messages came back in an hour because of us, not of the address"
    for way, words in SILENCED.items():
        if way in mail.ways_in and (at_fault := mail.ways_in[way].faults):
            yield way.value, f"{words}: {_where(at_fault)}"
    if settled and not standing.clock_works:
        yield "clock", "The clock is not running: no digests, no dry runs"
    if failing := [name for name, record in standing.jobs.items() if record.failures >= FAILURES]:
        yield "jobs", f"Scheduled work fails: {', '.join(sorted(failing))}"


def late_lanes(mail: MailFigures) -> str:
    """Return which urgent lanes have deliveries that should have left a minute ago, in words; "" for none."""
    words = []
    for lane in URGENT_LANES:
        seconds = max(mail.oldest_due.get(lane, 0.0), mail.overdue.late.get(lane, 0.0))
        if seconds > PATIENCE.total_seconds():
            words.append(f"{MAIL_OF[lane]} is late: due for {seconds:.0f} s and not delivered to the relay")
        elif ahead := mail.overdue.ahead.get(lane):
            words.append(f"{MAIL_OF[lane]} waits for a time {ahead:.0f} s ahead: was the clock put back?")
    return "; ".join(words)


def _where(faults: Mapping[str, str]) -> str:
    return "; ".join(f"{fault} ({host})" if host else fault for host, fault in sorted(faults.items()))
