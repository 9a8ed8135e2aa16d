"""Store the status of each mailer process in one row, for the desk, /healthz and /metrics."""

import os
import socket
from datetime import datetime
from typing import Any

from stoppress.delivery.models import MailerRun


def record_start(holder: str, *, now: datetime) -> None:
    """Store that the mailer `holder` has started in this process."""
    values = {"host": socket.gethostname()[:255], "pid": os.getpid(), "started_at": now, "heartbeat_at": now}
    MailerRun.objects.update_or_create(pk=holder, defaults=values)


def record_heartbeat(holder: str, status: dict[str, Any], *, now: datetime) -> None:
    """Store that the mailer runs, and its present status."""
    MailerRun.objects.filter(pk=holder).update(heartbeat_at=now, status=status)


def record_end(holder: str, *, now: datetime) -> None:
    """Store that the mailer has ended as intended."""
    MailerRun.objects.filter(pk=holder).update(heartbeat_at=now, ended_at=now)
