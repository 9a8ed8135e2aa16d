"""Whether what comes back can come in: each process that takes it says so, and whoever watches adds it up.

A way in that is set up here and that nobody takes is a fault like one that does not work: both end in silence, and
silence looks as if no mail bounced.
"""

import contextlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from stoppress.inbound.models import Receiver
from stoppress.smtp.address_syntax import redacted

OVERDUE = timedelta(minutes=5)
"""How long a way in may not work before somebody is told: servers are restarted, networks stumble."""
SILENT = timedelta(minutes=10)
"""A process that has said nothing for so long counts as gone."""


class Way(StrEnum):
    """How mail comes in."""

    MAILBOX = "mailbox"
    LISTENER = "listener"


NOBODY = {
    Way.MAILBOX: "no process looks into it",
    Way.LISTENER: "no process listens",
}


@dataclass(frozen=True)
class WayIn:
    """One way in. `age`: seconds since it last worked, None if it never did. `faults`: by machine, overdue ones."""

    age: float | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


def tell(way: Way, fault: str = "", *, now: datetime, host: str = "") -> None:
    """Say that it works, or what is wrong. That the database does not answer is nothing that could be said there."""
    with _connected():
        _tell(way, redacted(" ".join(fault.split()))[:200], now, host or socket.gethostname()[:255])


def _tell(way: Way, fault: str, now: datetime, host: str) -> None:
    facts = {"tried_at": now, "fault": fault} | ({} if fault else {"well_at": now})
    mine = Receiver.objects.filter(way=way, host=host)
    turned = mine.exclude(fault="") if not fault else mine.filter(fault="")
    if not turned.update(**facts, since=now) and not mine.update(**facts):
        Receiver.objects.get_or_create(way=way, host=host, defaults=facts | {"since": now})


def take_leave(way: Way, *, host: str = "") -> None:
    """It ends as it should, and is missed only where it is wanted."""
    with _connected():
        Receiver.objects.filter(way=way, host=host or socket.gethostname()[:255]).delete()


@contextlib.contextmanager
def _connected() -> Iterator[None]:
    """Whichever thread it is: it comes once a minute, so it keeps no connection."""
    close_old_connections()
    with contextlib.suppress(DatabaseError, InterfaceError):
        yield
    if not connection.in_atomic_block:
        connection.close()


def ways_in(now: datetime, *, watched_since: datetime) -> dict[Way, WayIn]:
    """How each way stands that is set up here, or that somebody takes."""
    return dict(_ways_in(now, watched_since))


def _ways_in(now: datetime, watched_since: datetime) -> Iterator[tuple[Way, WayIn]]:
    wanted = {Way.MAILBOX: settings.BOUNCE_MAILBOX, Way.LISTENER: settings.BOUNCE_LISTEN_ADDRESSES}
    for way in Way:
        rows = list(Receiver.objects.filter(way=way, tried_at__gt=now - SILENT))
        if not rows and not wanted[way]:
            continue
        faults = {row.host: row.fault for row in rows if row.fault and now - row.since >= OVERDUE}
        if not rows and now - watched_since >= OVERDUE:
            faults = {"": NOBODY[way]}
        yield way, WayIn(_age(way, now), faults)


def _age(way: Way, now: datetime) -> float | None:
    last = Receiver.objects.filter(way=way, well_at__isnull=False).order_by("-well_at").first()
    return max(0.0, (now - last.well_at).total_seconds()) if last and last.well_at else None
