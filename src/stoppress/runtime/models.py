"""Counters of rate limits, shared by all processes of an installation."""

from django.db import models


class RateLimitCount(models.Model):
    """Count the events of one rate limit, key and window.

    A clock that is set back comes to the same window a second time. `ends_at_uptime` shows that its count is over.
    `counter_key` is a digest, so the client or address that is counted cannot be read from it.
    """

    counter_key = models.CharField(max_length=32, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True, help_text="End of the window; the count is ignored from then on")
    boot_id = models.CharField(max_length=40, default="", help_text="Start of the machine that `ends_at_uptime` is for")
    ends_at_uptime = models.FloatField(default=0.0, help_text="End of the window in seconds since that start")

    def __str__(self) -> str:
        return self.counter_key
