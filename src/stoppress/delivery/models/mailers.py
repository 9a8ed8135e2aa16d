"""The mailer processes, and the counter that detects a restored database."""

from django.db import models


class MailerRun(models.Model):
    """One mailer process from start to end, and its last status.

    `status` is for the desk, /healthz and /metrics: relays with their connections and faults, paused domains, messages
    per second.
    """

    holder = models.CharField(max_length=16, primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    status = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-heartbeat_at"], name="mailer_run_newest")]

    def __str__(self) -> str:
        return f"mailer {self.holder}"


class LedgerCounter(models.Model):
    """How often mailers of one home folder have claimed or settled deliveries.

    A file outside the database holds the same number. If the file is ahead, the database was restored from a backup:
    deliveries that wait in it may have been sent already.
    """

    home = models.CharField(max_length=32, primary_key=True, help_text="Random id of the home folder")
    number = models.PositiveBigIntegerField(default=0)
    identity = models.CharField(
        max_length=80, blank=True, help_text="Inode and change time of a file in it, which a copy of the folder changes"
    )

    def __str__(self) -> str:
        return f"ledger counter of {self.home}"
