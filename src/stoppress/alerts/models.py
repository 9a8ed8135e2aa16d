"""Topics, who signed up for them, alerts, and the ledger of their deliveries.

What happened is kept as facts with times; what somebody *is* follows from them. A delivery's state is changed by
`alerts.ledger` alone.
"""

import secrets
import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from stoppress.alerts.words import DeliveryState, Lane, Letter, Reason, Urgency
from stoppress.coverage.models import LiveBlog, Post


def new_secret() -> str:
    """What a reader's links are bound to; a new one makes all earlier manage links worthless."""
    return secrets.token_hex(8)


class Topic(models.Model):
    """What a reader signs up for."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.slug


class Subscriber(models.Model):
    """One address, known by its key: the same address typed in another case is the same subscriber."""

    email = models.CharField(max_length=254, help_text="As typed, tidied")
    key = models.CharField(max_length=254, unique=True)
    secret = models.CharField(max_length=32, default=new_secret)
    asked_at = models.DateTimeField(help_text="When it was first entered")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When its owner first confirmed it")

    def __str__(self) -> str:
        return f"subscriber {self.pk}"


class Subscription(models.Model):
    """One subscriber's wish for one topic. It counts from `confirmed_at` until `left_at`."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="subscriptions")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="subscriptions")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "topic"], name="one_subscription_per_topic")]
        indexes = [
            models.Index(
                fields=["topic", "id"],
                condition=Q(confirmed_at__isnull=False, left_at__isnull=True),
                name="subscription_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    @property
    def in_force(self) -> bool:
        """Whether it counts now."""
        return self.confirmed_at is not None and self.left_at is None


class Suppression(models.Model):
    """An address that must not be written to until its owner confirms it again."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="suppressions")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    reply = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subscriber"], condition=Q(lifted_at__isnull=True), name="suppression_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.reason} since {self.at:%Y-%m-%d}"


class Alert(models.Model):
    """One message to a topic's subscribers. Everything that its mail says is kept here as it was at Send."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="alerts")
    urgency = models.CharField(max_length=12, choices=Urgency.choices, default=Urgency.ALERT)
    blog = models.ForeignKey(LiveBlog, on_delete=models.PROTECT, related_name="alerts")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="alerts")
    post_revision = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField(help_text="The newest change of the live blog at Send")
    subject = models.CharField(max_length=300)
    headline = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    bylines = models.JSONField(default=list)
    by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    not_after = models.DateTimeField(help_text="What has not left by then is not sent any more")
    halted_at = models.DateTimeField(null=True, blank=True)
    watermark = models.BigIntegerField(help_text="The newest subscription at Send: later ones do not get this alert")
    frozen_upto = models.BigIntegerField(default=0, help_text="Subscriptions up to this one stand in the ledger")
    frozen_at = models.DateTimeField(null=True, blank=True, help_text="When all of them did")
    intended = models.PositiveIntegerField(help_text="How many will get it, counted at Send and again when frozen")

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="alert_newest"),
            models.Index(fields=["created_at"], condition=Q(frozen_at__isnull=True), name="alert_to_freeze"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def may_leave(self, now: datetime) -> bool:
        """Whether its deliveries may still be sent."""
        return self.halted_at is None and now < self.not_after


class Delivery(models.Model):
    """One row of the ledger: one alert, or one letter, to one subscriber.

    `next_at` is set while the row waits (pending, deferred) and empty otherwise: the mailer looks for nothing else.
    """

    alert = models.ForeignKey(Alert, null=True, on_delete=models.PROTECT, related_name="deliveries")
    letter = models.CharField(max_length=10, choices=Letter.choices, blank=True)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="deliveries")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.PROTECT, related_name="+", help_text="Of a letter")
    back_to = models.CharField(max_length=80, blank=True, help_text="The live blog that a letter leads back to")
    lane = models.PositiveSmallIntegerField(choices=Lane.choices)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a server was asked to take it")
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=16, blank=True, help_text="The mailer that last took it up")
    code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The server's last reply")
    reply = models.CharField(max_length=200, blank=True, help_text="Its text, addresses cut out")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["alert", "subscriber"], name="one_delivery_per_alert_and_subscriber"),
            models.CheckConstraint(
                condition=Q(alert__isnull=False, letter="") | (Q(alert__isnull=True) & ~Q(letter="")),
                name="delivery_is_alert_or_letter",
            ),
        ]
        indexes = [
            models.Index(fields=["lane", "next_at", "id"], condition=Q(next_at__isnull=False), name="delivery_due"),
            models.Index(fields=["alert", "state"], name="delivery_by_state"),
            models.Index(fields=["id"], condition=Q(state="in_flight"), name="delivery_in_flight"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}: {self.state}"
