"""What mailers say of themselves: one row per process, for the desk, /healthz and /metrics."""

import os
import socket
from datetime import datetime
from typing import Any

from stoppress.delivery.models import MailerRun


def record_start(holder: str, *, now: datetime) -> None:
    """This process begins."""
    facts = {"host": socket.gethostname()[:255], "pid": os.getpid(), "started_at": now, "heartbeat_at": now}
    MailerRun.objects.update_or_create(pk=holder, defaults=facts)


def record_heartbeat(holder: str, figures: dict[str, Any], *, now: datetime) -> None:
    """It lives, and this is how it does."""
    MailerRun.objects.filter(pk=holder).update(heartbeat_at=now, status=figures)


def record_end(holder: str, *, now: datetime) -> None:
    """It has ended as it should."""
    MailerRun.objects.filter(pk=holder).update(heartbeat_at=now, ended_at=now)
