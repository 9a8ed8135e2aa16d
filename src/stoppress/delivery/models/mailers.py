"""The processes that work the ledger off, and the fence against a ledger from the past."""

from django.db import models


class MailerRun(models.Model):
    """One mailer process from start to end, and what it last said about itself.

    `figures` is for the desk, /healthz and /metrics: relays with their connections and faults, paused domains, messages
    a second.
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
    """How far the ledger knows that mail has left from one home folder; the same is kept in a file outside it.

    If the file is ahead, the database has been put back to an earlier time: what waits in it may have left already.
    """

    home = models.CharField(max_length=32, primary_key=True, help_text="Made once for each home folder")
    number = models.PositiveBigIntegerField(default=0)
    identity = models.CharField(max_length=80, blank=True, help_text="What copying the folder elsewhere changes")

    def __str__(self) -> str:
        return f"fence of {self.home}"
