"""What mailers say of themselves: one row per process, for the desk, /healthz and /metrics."""

import os
import socket
from datetime import datetime, timedelta
from typing import Any

from stoppress.alerts.models import MailerRun

SILENT_AFTER = timedelta(seconds=30)
"""A mailer that has said nothing for so long is taken for gone."""


def begin(holder: str, *, now: datetime) -> None:
    """This process begins."""
    facts = {"host": socket.gethostname()[:255], "pid": os.getpid(), "started_at": now, "beat_at": now}
    MailerRun.objects.update_or_create(pk=holder, defaults=facts)


def beat(holder: str, figures: dict[str, Any], *, now: datetime) -> None:
    """It lives, and this is how it does."""
    MailerRun.objects.filter(pk=holder).update(beat_at=now, figures=figures)


def end(holder: str, *, now: datetime) -> None:
    """It has ended as it should."""
    MailerRun.objects.filter(pk=holder).update(beat_at=now, ended_at=now)


def running(*, now: datetime) -> list[MailerRun]:
    """The mailers that work now, the newest first."""
    living = MailerRun.objects.filter(ended_at__isnull=True, beat_at__gt=now - SILENT_AFTER)
    return list(living.order_by("-started_at"))


def set_aside(*, now: datetime) -> dict[str, Any] | None:
    """What a running mailer set aside because the database had been put back: `{"why", "at", "deliveries"}`."""
    return next((run.figures["fence"] for run in running(now=now) if run.figures.get("fence")), None)
