"""Enumerations that the tables of `delivery` store."""

from datetime import timedelta

from django.db import models
from django.utils.translation import pgettext_lazy

from stoppress.coverage.choices import ChangeKind

OUTDATING_CHANGES = (ChangeKind.CORRECTED, ChangeKind.WITHDRAWN)
"""Changes of a post after which an alert about its earlier text is no longer true."""


class Urgency(models.TextChoices):
    """The rank of an alert, in the terms of a news wire."""

    FLASH = "flash", pgettext_lazy("desk: urgency of an alert", "Flash")
    ALERT = "alert", pgettext_lazy("desk: urgency of an alert", "Breaking news")
    URGENT = "urgent", pgettext_lazy("desk: urgency of an alert", "Urgent")
    UPDATE = "update", pgettext_lazy("desk: urgency of an alert", "Update")
    CORRECTION = "correction", pgettext_lazy("desk: urgency of an alert", "Correction")
    DIGEST = "digest", pgettext_lazy("desk: urgency of an alert", "Digest")


STALE_AFTER = {
    Urgency.FLASH: timedelta(hours=2),
    Urgency.ALERT: timedelta(hours=4),
    Urgency.URGENT: timedelta(hours=6),
    Urgency.UPDATE: timedelta(hours=12),
    Urgency.CORRECTION: timedelta(days=3),
    Urgency.DIGEST: timedelta(hours=8),
}
"""Maximum time from Send to sending. Breaking news that is hours old is not sent."""


class Lane(models.IntegerChoices):
    """Priority of deliveries: a smaller number goes first.

    No lane waits for another one to be empty (delivery/transitions/claim_deliveries.py).
    """

    BREAKING = 10
    CORRECTION = 20
    CONFIRMATION = 30
    DIGEST = 40


LANE_BY_URGENCY = {Urgency.CORRECTION: Lane.CORRECTION, Urgency.DIGEST: Lane.DIGEST}
"""Lanes of alerts; every other urgency has the lane of breaking news."""


class TransactionalKind(models.TextChoices):
    """Kind of a message that is no alert: it answers an action of one reader."""

    CONFIRM = "confirm", pgettext_lazy("kind of message", "Please confirm")
    ALREADY_SUBSCRIBED = "subscribed", pgettext_lazy("kind of message", "You are already signed up")
    MANAGE_LINK = "manage", pgettext_lazy("kind of message", "Link to your choices")
    CANARY = "canary", pgettext_lazy("kind of message", "Test message")


class DeliveryState(models.TextChoices):
    """State of one delivery. The transitions between states are in delivery/ledger/delivery_states.py."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight", "in flight"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    HALTED = "halted"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
