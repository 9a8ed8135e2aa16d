"""Figures per provider and day while a new sending domain or address is warmed up."""

from django.db import models


class ProviderDay(models.Model):
    """How much mail one provider got on one day (UTC), and how it was received."""

    day = models.DateField()
    provider = models.CharField(max_length=254)
    sent = models.PositiveIntegerField(default=0, help_text="Deliveries claimed within the budget")
    deferred = models.PositiveIntegerField(default=0, help_text="Replies 4xx")
    complaints = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "provider"], name="one_row_per_provider_and_day")]

    def __str__(self) -> str:
        return f"{self.provider} on {self.day}"
