"""The audit log of log-ins, refusals and changes of access: time, name, client, act and target."""

import getpass
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from stoppress.desk.access.name_keys import name_key
from stoppress.desk.models import AuditAct, AuditEntry
from stoppress.runtime.rate_limits import RateLimit, request_client_key
from stoppress.runtime.text_cleaning import clean_line

log = logging.getLogger(__name__)

LOG_IN_ACTS = (
    AuditAct.LOGGED_IN,
    AuditAct.LOG_IN_FAILED,
    AuditAct.LOG_IN_REFUSED,
    AuditAct.LOGGED_OUT,
    AuditAct.PERMISSION_REFUSED,
)
"""Acts that happen every day. Their entries are deleted after a while; those of all others are kept."""
CHANGES = tuple(act for act in AuditAct if act not in LOG_IN_ACTS)
"""Acts that change the access of a person or token."""
REFUSALS_BY_CLIENT = RateLimit("refusals recorded by client and name", limit=1, seconds=600)
FAILURES_RECORDED = RateLimit("failed log-ins recorded", limit=1000, seconds=600)
"""Entries per ten minutes, so that strangers cannot fill the disk. The server's log has every failure."""


@dataclass(frozen=True)
class Actor:
    """The person or program that acts.

    Args:
        name: log-in name, or `command line: …`.
        client: network address; empty for the command line.
    """

    name: str
    client: str = ""


INSTALLATION = Actor("installation")
"""The program itself: the demo, tests and benchmarks."""


def request_actor(request: HttpRequest) -> Actor:
    """Return the person and the client of a request to the desk."""
    return Actor(request.user.get_username(), request_client_key(request))


def command_line_actor() -> Actor:
    """Return the user of the operating system who runs a command."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in passwd
        user = "unknown"
    return Actor(f"command line: {user}")


def record_act(act: AuditAct, actor: Actor, target: str = "", detail: str = "", *, now: datetime) -> None:
    """Write one entry, and one line of the server's log. Call it in the transaction of the act."""
    facts = [clean_line(text) for text in (actor.name, actor.client, target, detail)]
    log.info("audit: %s by %s from %s: %s %s", act.value, facts[0], facts[1] or "this machine", facts[2], facts[3])
    AuditEntry.objects.create(
        at=now, act=act, actor=facts[0][:150], client=facts[1][:60], target=facts[2][:150], detail=facts[3][:300]
    )


def record_refusal(act: AuditAct, actor: Actor, target: str = "", detail: str = "", *, now: datetime) -> None:
    """Record a refusal of one kind by name and client once in ten minutes; repetitions would only fill the disk.

    While the database cannot be written, the refusal is in the server's log only.
    """
    key = "\0".join((act, name_key(actor.name), actor.client, target))
    try:
        if REFUSALS_BY_CLIENT.allow(key, now):
            record_act(act, actor, target, detail, now=now)
    except DatabaseError as error:
        log.warning("audit: %s by %s not recorded; database error: %s", act.value, clean_line(actor.name), error)


def record_failed_log_in(name: str, client: str, detail: str, *, now: datetime) -> None:
    """Record a wrong name, password or code. A flood of them is in the server's log only."""
    if FAILURES_RECORDED.allow("", now):
        record_act(AuditAct.LOG_IN_FAILED, Actor(name, client), detail=detail, now=now)
    else:
        log.warning("log-in failed: %s from %s: %s", clean_line(name)[:150], client, detail)


def find_entries(name: str = "", acts: Sequence[str] = ()) -> QuerySet[AuditEntry]:
    """Return the entries, newest first: all, or those about one name and of some acts."""
    entries = AuditEntry.objects.all()
    if name:
        entries = entries.filter(Q(actor=name_key(name)) | Q(target=name_key(name)) | Q(actor=name) | Q(target=name))
    return entries.filter(act__in=acts) if acts else entries
