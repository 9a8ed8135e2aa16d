"""Addresses, their wishes, what their owners agreed to, and what must not be written to."""

import secrets

from django.db import models
from django.db.models import Q

from stoppress.coverage.models import LiveBlog
from stoppress.subscribers.choices import ConsentKind, SuppressionReason, Frequency
from stoppress.subscribers.models.topics import Topic


def new_secret() -> str:
    """What a reader's links are bound to; a new one makes all earlier manage links worthless."""
    return secrets.token_hex(8)


class Subscriber(models.Model):
    """One address, known by its key: the same address typed in another case is the same subscriber.

    Erased, the row stays so that ledgers still add up: the address is gone, its key is a keyed hash.
    """

    email = models.CharField(max_length=254, blank=True, help_text="As typed, tidied; empty once erased")
    domain = models.CharField(max_length=254, blank=True, help_text="What stands after the @, in small letters")
    key = models.CharField(max_length=254, unique=True)
    secret = models.CharField(max_length=32, default=new_secret)
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47; empty takes an alert as it was written")
    zone = models.CharField(max_length=60, blank=True, help_text="IANA; empty is the newsroom's; digests go by it")
    requested_at = models.DateTimeField(help_text="When it was first entered")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When its owner first confirmed it")
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["domain"], name="subscriber_by_domain")]

    def __str__(self) -> str:
        return f"subscriber {self.pk}"


class Subscription(models.Model):
    """One subscriber's wish for one topic. It counts if it has been confirmed and not been left since.

    The times are for people to read. Which Sends it counts for follows from `generation` (delivery/recipients/send_order.py).
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="subscriptions")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="subscriptions")
    frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.INSTANT)
    requested_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveBigIntegerField(
        default=0, help_text="How many Sends were committed before it, or its subscriber, last changed"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "topic"], name="one_subscription_per_topic")]
        indexes = [
            models.Index(  # holds all that Send's count looks at: a million are counted in some 40 ms
                fields=["topic", "frequency", "id", "confirmed_at", "unsubscribed_at"],
                condition=Q(confirmed_at__isnull=False, unsubscribed_at__isnull=True),
                name="subscription_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether it counts now."""
        return self.confirmed_at is not None and self.unsubscribed_at is None


class Mute(models.Model):
    """One subscriber's wish for no more mail about one story, whatever the topic."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="mutes")
    blog = models.ForeignKey(LiveBlog, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "blog"], name="one_mute_per_story")]

    def __str__(self) -> str:
        return f"mute {self.pk}"


class Consent(models.Model):
    """What somebody agreed to or took back: when, where, and in answer to which words. Never changed afterwards."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="consents")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=ConsentKind.choices)
    at = models.DateTimeField()
    origin = models.CharField(max_length=200, help_text="The page, the form's site, the API token's or the file's name")
    wording = models.CharField(max_length=500, blank=True, help_text="The text that was agreed to")

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d}"


class Suppression(models.Model):
    """An address that must not be written to until its owner confirms it again."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="suppressions")
    reason = models.CharField(max_length=20, choices=SuppressionReason.choices)
    reply = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subscriber"], condition=Q(lifted_at__isnull=True), name="suppression_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.reason} since {self.at:%Y-%m-%d}"
