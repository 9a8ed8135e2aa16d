"""Decisions of editors about an alert."""

from django.db import models

from stoppress.alerts.choices import DecisionKind
from stoppress.delivery.models import Alert


class Decision(models.Model):
    """One act of an editor on an alert. The receipt lists all of them. Never changed afterwards."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=10, choices=DecisionKind.choices)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0, help_text="Number of deliveries concerned")
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} by {self.by}"
