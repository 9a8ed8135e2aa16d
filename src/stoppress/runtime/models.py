"""How often something was done of late, for all processes of an installation."""

from django.db import models


class RateLimitCount(models.Model):
    """One count of a brake. `place` is a digest: whom it is about cannot be read from it."""

    counter_key = models.CharField(max_length=32, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True, help_text="From then on it counts for nothing")

    def __str__(self) -> str:
        return self.counter_key
