"""Decisions of editors about an alert, and how far digests have come."""

from django.db import models

from stoppress.alerts.choices import DecisionKind
from stoppress.coverage.models import LiveBlog
from stoppress.delivery.models import Alert
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Topic


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


class DigestPosition(models.Model):
    """How far the digests of one topic, frequency and zone have come. The next edition begins there.

    Positions are those of committed state, so that no clock decides what an edition contains. An edition without
    content also advances the position.
    """

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    frequency = models.CharField(max_length=10, choices=Frequency.choices)
    zone = models.CharField(max_length=60)
    day = models.DateField(help_text="Day of the newest edition")
    blog = models.ForeignKey(LiveBlog, null=True, on_delete=models.CASCADE, related_name="+")
    seq = models.PositiveBigIntegerField(help_text="Newest change of the topic's live blog that an edition covers")
    generation = models.PositiveBigIntegerField(help_text="Number of Sends and approvals that editions cover")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "frequency", "zone"], name="one_digest_position_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.frequency} {self.zone}: {self.day}"
