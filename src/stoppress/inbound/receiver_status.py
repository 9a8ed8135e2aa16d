"""State of the receivers: each process that receives bounces stores it, and monitoring reads it.

A receiver that is configured but not running is a fault like one that does not work. Both look as if no mail bounced.
"""

import contextlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from stoppress.delivery.mailer_liveness import HeartbeatObserver
from stoppress.inbound.models import ReceiverStatus
from stoppress.smtp.address_syntax import redact_addresses

FAULT_ALARM_DELAY = timedelta(minutes=5)
"""How long a receiver may fail before an alarm: servers restart, networks fail briefly."""
STALE_AFTER = timedelta(minutes=10)
"""A process that has stored no status for this long counts as not running."""


class ReceiverKind(StrEnum):
    """How reports come in by mail."""

    MAILBOX = "mailbox"
    LISTENER = "listener"


NOT_RUNNING = {
    ReceiverKind.MAILBOX: "no process polls the mailbox",
    ReceiverKind.LISTENER: "no process listens",
}


observers = {kind: HeartbeatObserver(timeout=STALE_AFTER) for kind in ReceiverKind}
"""Observe by this process's monotonic clock whether a receiver still stores its status: clocks differ and jump."""


@dataclass(frozen=True)
class ReceiverHealth:
    """State of one kind of receiver on all machines.

    Attributes:
        seconds_since_success: seconds since it last worked on any machine; None if it never did.
        faults: by host name, faults that have lasted `FAULT_ALARM_DELAY`; the host "" if no process runs.
    """

    seconds_since_success: float | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


def store_status(kind: ReceiverKind, fault: str = "", *, now: datetime, host: str = "") -> None:
    """Store that a receiver works, or its fault. Do nothing while the database does not answer.

    Args:
        kind: the receiver.
        fault: what is wrong; "" if it works. Local parts of addresses are left out.
        now: the time of the check.
        host: the machine; this one by default.
    """
    with _short_lived_connection():
        _store_status(kind, redact_addresses(" ".join(fault.split()))[:200], now, host or _this_host())


def _store_status(kind: ReceiverKind, fault: str, now: datetime, host: str) -> None:
    facts = {"checked_at": now, "fault": fault} | ({} if fault else {"succeeded_at": now})
    status = ReceiverStatus.objects.filter(kind=kind, host=host)
    changed = status.filter(fault="") if fault else status.exclude(fault="")
    if not changed.update(**facts, changed_at=now) and not status.update(**facts):
        ReceiverStatus.objects.get_or_create(kind=kind, host=host, defaults=facts | {"changed_at": now})


def remove_status(kind: ReceiverKind, *, host: str = "") -> None:
    """Remove the status of a receiver that stops as intended."""
    with _short_lived_connection():
        ReceiverStatus.objects.filter(kind=kind, host=host or _this_host()).delete()


def _this_host() -> str:
    return socket.gethostname()[:255]


@contextlib.contextmanager
def _short_lived_connection() -> Iterator[None]:
    """Use the thread's database connection and close it after: the calls are a minute apart."""
    close_old_connections()
    with contextlib.suppress(DatabaseError, InterfaceError):
        yield
    if not connection.in_atomic_block:
        connection.close()


def receiver_health(now: datetime, *, watched_since: datetime) -> dict[ReceiverKind, ReceiverHealth]:
    """Return the state of each receiver that is configured here, or that a process runs.

    Args:
        now: the current time.
        watched_since: when monitoring began; a receiver may still be starting for `FAULT_ALARM_DELAY` after it.
    """
    return dict(_receiver_health(now, watched_since))


def _receiver_health(now: datetime, watched_since: datetime) -> Iterator[tuple[ReceiverKind, ReceiverHealth]]:
    configured = {
        ReceiverKind.MAILBOX: settings.BOUNCE_MAILBOX,
        ReceiverKind.LISTENER: settings.BOUNCE_LISTEN_ADDRESSES,
    }
    for kind in ReceiverKind:
        stored = list(ReceiverStatus.objects.filter(kind=kind))
        running = observers[kind].find_running([(row.host, row.checked_at) for row in stored], now)
        rows = [row for row in stored if row.host in running]
        if not rows and not configured[kind]:
            continue
        faults = {row.host: row.fault for row in rows if row.fault and now - row.changed_at >= FAULT_ALARM_DELAY}
        if not rows and now - watched_since >= FAULT_ALARM_DELAY:
            faults = {"": NOT_RUNNING[kind]}
        yield kind, ReceiverHealth(_seconds_since_success(kind, now), faults)


def _seconds_since_success(kind: ReceiverKind, now: datetime) -> float | None:
    last = ReceiverStatus.objects.filter(kind=kind, succeeded_at__isnull=False).order_by("-succeeded_at").first()
    return max(0.0, (now - last.succeeded_at).total_seconds()) if last and last.succeeded_at else None
