"""One message to many readers, and what editors decided about it."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from stoppress.coverage.models import LiveBlog, Picture, Post
from stoppress.delivery.choices import LANE_BY_URGENCY, Lane, Urgency
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models.topics import Topic


class Alert(models.Model):
    """One message to a topic's subscribers. Everything that its mail contains is stored here as it was at Send.

    An alert about a post has `blog`, `post`, `post_revision` and `seq`. One about a live blog as a whole has no `post`.
    A digest has neither, but `items` in the form of delivery/message/digest_content.py. `variants` holds other
    languages: `{"fr": {"subject", "headline", "summary", "note"}}`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="alerts")
    urgency = models.CharField(max_length=12, choices=Urgency.choices, default=Urgency.ALERT)
    blog = models.ForeignKey(LiveBlog, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts")
    post = models.ForeignKey(Post, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts")
    post_revision = models.PositiveIntegerField(null=True, blank=True)
    seq = models.PositiveBigIntegerField(null=True, blank=True, help_text="The blog's newest change at Send")
    subject = models.CharField(max_length=300)
    headline = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    bylines = models.JSONField(default=list)
    variants = models.JSONField(default=dict, blank=True)
    items = models.JSONField(default=list, blank=True)
    more_items = models.PositiveIntegerField(default=0, help_text="Of a digest: stories that its mail only links to")
    picture = models.ForeignKey(Picture, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=150)
    created_at = models.DateTimeField(help_text="When Send was pressed")
    needs_approval = models.BooleanField(
        default=False, help_text="It has so many recipients that a second editor must approve it"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="The end of the undo window: nothing is sent before"
    )
    undo_window = models.DurationField(default=timedelta, help_text="How long it is held back after Send or approval")
    not_after = models.DateTimeField(help_text="Deliveries that are unsent by then expire")
    halted_at = models.DateTimeField(null=True, blank=True)
    correction_note = models.TextField(blank=True, help_text="Of a correction: what was wrong and what is right")
    corrects = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        help_text="It goes to readers whom that alert reached or may have reached, or would still reach",
    )
    frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.INSTANT)
    zone = models.CharField(max_length=60, blank=True, help_text="Of a digest: the time zone of its readers")
    digest_day = models.DateField(null=True, blank=True, help_text="Of a digest: the day in that zone")
    digest_range = models.JSONField(default=dict, blank=True, help_text="Of a digest: the coverage in it")
    last_source_id = models.BigIntegerField(
        help_text="Newest subscription at Send; of a correction, newest delivery of the corrected alert"
    )
    materialised_up_to_id = models.BigIntegerField(default=0, help_text="Recipients up to this id have deliveries")
    materialised_at = models.DateTimeField(null=True, blank=True, help_text="When all recipients had deliveries")
    generation = models.PositiveBigIntegerField(default=0, help_text="How many Sends were committed before this one")
    approval_generation = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="How many Sends were committed before its approval"
    )
    intended = models.PositiveIntegerField(help_text="Number of recipients, counted at Send; never changed")
    shortfall = models.IntegerField(
        default=0, help_text="How many of these have no delivery although all were materialised"
    )
    request_sha256 = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the client's request: the same id with another one is refused"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "frequency", "zone", "digest_day"],
                condition=Q(digest_day__isnull=False),
                name="one_digest_per_topic_zone_and_day",
            )
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="alert_newest"),
            models.Index(fields=["created_at"], condition=Q(materialised_at__isnull=True), name="alert_to_materialise"),
            models.Index(fields=["generation"], name="alert_by_generation"),
            models.Index(fields=["not_before"], condition=Q(not_before__isnull=False), name="alert_undo_window"),
            models.Index(fields=["materialised_at"], condition=~Q(shortfall=0), name="alert_with_shortfall"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def lane(self) -> Lane:
        """Return the lane of its deliveries."""
        return LANE_BY_URGENCY.get(Urgency(self.urgency), Lane.BREAKING)

    def is_sendable(self, now: datetime) -> bool:
        """Return True if its deliveries may be sent now. Only an undo window delays them, never the time of Send."""
        is_in_undo_window = self.not_before is not None and now < self.not_before
        return self.halted_at is None and self.has_approval and not is_in_undo_window and now < self.not_after

    @property
    def has_approval(self) -> bool:
        """Return True if a second editor has approved the alert, or none has to."""
        return self.approved_at is not None or not self.needs_approval


class SendCounter(models.Model):
    """One row with the number of committed Sends. See delivery/recipients/send_order.py."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.number} sends"
