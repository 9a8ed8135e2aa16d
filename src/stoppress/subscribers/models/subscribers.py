"""Subscribers, their subscriptions, mutes and consents, and suppressed addresses."""

import secrets

from django.db import models
from django.db.models import Q

from stoppress.coverage.models import LiveBlog
from stoppress.subscribers.choices import ConsentKind, Frequency, SuppressionReason
from stoppress.subscribers.models.topics import Topic


def new_secret() -> str:
    """Return a random secret for a subscriber's links. Storing a new one revokes all earlier manage links."""
    return secrets.token_hex(8)


class Subscriber(models.Model):
    """One address, identified by its key: the same address typed in another case is the same subscriber.

    An erased subscriber keeps its row, so that ledgers still add up. Its address is deleted, its key becomes a hash.
    """

    email = models.CharField(max_length=254, blank=True, help_text="As typed, normalised; empty once erased")
    domain = models.CharField(max_length=254, blank=True, help_text="Part after the @, in lower case")
    key = models.CharField(max_length=254, unique=True)
    secret = models.CharField(max_length=32, default=new_secret)
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47; empty: alerts as they were written")
    zone = models.CharField(max_length=60, blank=True, help_text="IANA name, for digests; if empty, the newsroom's")
    requested_at = models.DateTimeField(help_text="When it was first entered in a form")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When its owner first confirmed it")
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["domain"], name="subscriber_by_domain")]

    def __str__(self) -> str:
        return f"subscriber {self.pk}"


class Subscription(models.Model):
    """One subscriber's subscription to one topic: active if it was confirmed and not ended since.

    The times are for people to read. `generation` decides to which Sends it applies
    (delivery/recipients/send_order.py).
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="subscriptions")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="subscriptions")
    frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.INSTANT)
    requested_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveBigIntegerField(
        default=0, help_text="Number of Sends committed before this row, or its subscriber, last changed"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "topic"], name="one_subscription_per_topic")]
        indexes = [
            models.Index(  # covers all columns of Send's count: a million rows are counted in about 40 ms
                fields=["topic", "frequency", "id", "confirmed_at", "unsubscribed_at"],
                condition=Q(confirmed_at__isnull=False, unsubscribed_at__isnull=True),
                name="subscription_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    @property
    def is_active(self) -> bool:
        """Return True if the subscriber gets mail about the topic."""
        return self.confirmed_at is not None and self.unsubscribed_at is None


class Mute(models.Model):
    """One subscriber's choice to get no more mail about one story, from any topic."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="mutes")
    blog = models.ForeignKey(LiveBlog, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "blog"], name="one_mute_per_story")]

    def __str__(self) -> str:
        return f"mute {self.pk}"


class Consent(models.Model):
    """A record of one consent or its withdrawal: when, where, and the wording shown. Never changed afterwards."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="consents")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=ConsentKind.choices)
    at = models.DateTimeField()
    origin = models.CharField(max_length=200, help_text="Page, site of the form, API token or file")
    wording = models.CharField(max_length=500, blank=True, help_text="Text that the person agreed to")

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d}"


class Suppression(models.Model):
    """An address that gets no mail until its owner confirms it again."""

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
