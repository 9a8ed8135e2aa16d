"""Enumerations that the tables of `delivery` store."""

from datetime import timedelta

from django.db import models
from django.utils.translation import pgettext_lazy

from stoppress.coverage.choices import ChangeKind

OUTDATING_CHANGES = (ChangeKind.CORRECTED, ChangeKind.WITHDRAWN)
"""Changes of a post after which what was written of it before says something that is not so."""


class Urgency(models.TextChoices):
    """How a wire would rank an alert."""

    FLASH = "flash", "Flash"
    ALERT = "alert", "Breaking news"
    URGENT = "urgent", "Urgent"
    UPDATE = "update", "Update"
    CORRECTION = "correction", "Correction"
    DIGEST = "digest", "Digest"


STALE_AFTER = {
    Urgency.FLASH: timedelta(hours=2),
    Urgency.ALERT: timedelta(hours=4),
    Urgency.URGENT: timedelta(hours=6),
    Urgency.UPDATE: timedelta(hours=12),
    Urgency.CORRECTION: timedelta(days=3),
    Urgency.DIGEST: timedelta(hours=8),
}
"""How long after Send an alert may still leave: breaking news that is hours old is none."""


class Lane(models.IntegerChoices):
    """Who goes first; smaller is sooner. No lane ever waits for another one to be empty (delivery/transitions/claim_deliveries.py)."""

    BREAKING = 10
    CORRECTION = 20
    CONFIRMATION = 30
    DIGEST = 40


class TransactionalKind(models.TextChoices):
    """A message that is no alert: it answers what one reader did."""

    CONFIRM = "confirm", pgettext_lazy("kind of message", "Please confirm")
    ALREADY_SUBSCRIBED = "subscribed", pgettext_lazy("kind of message", "You are already signed up")
    CANARY = "canary", pgettext_lazy("kind of message", "A dry run")


class DeliveryState(models.TextChoices):
    """Where one delivery stands; the moves between them are in delivery/ledger/delivery_states.py."""

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
