"""The words of the trade that this package's tables keep, in one place."""

from datetime import timedelta

from django.db import models
from django.utils.translation import pgettext_lazy

from stoppress.coverage.words import Kind

OVERTAKING = (Kind.CORRECTED, Kind.WITHDRAWN)
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
    """Who goes first; smaller is sooner. No lane ever waits for another one to be empty (ledger/claiming.py)."""

    BREAKING = 10
    CORRECTION = 20
    CONFIRMATION = 30
    DIGEST = 40


class Letter(models.TextChoices):
    """A message that is no alert: it answers what one reader did."""

    CONFIRM = "confirm", pgettext_lazy("kind of message", "Please confirm")
    KNOWN = "known", pgettext_lazy("kind of message", "You are already signed up")
    CANARY = "canary", pgettext_lazy("kind of message", "A dry run")


class DeliveryState(models.TextChoices):
    """Where one delivery stands; the moves between them are in ledger/states.py."""

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


class Rhythm(models.TextChoices):
    """How a subscriber wants a topic: at once, or together with all else, in the morning or evening of their zone."""

    INSTANT = "instant", pgettext_lazy("how often", "At once")
    MORNING = "morning", pgettext_lazy("how often", "Every morning")
    EVENING = "evening", pgettext_lazy("how often", "Every evening")


class ConsentKind(models.TextChoices):
    """What somebody said about one topic."""

    ASKED = "asked", "entered the address"
    CONFIRMED = "confirmed", "confirmed it by mail"
    CHOSE = "chose", "chose it on their own page"
    IMPORTED = "imported", "brought from another system"
    LEFT = "left", "left"


class Decided(models.TextChoices):
    """What somebody did with an alert."""

    SENT = "sent", "pressed Send"
    APPROVED = "approved", "approved it"
    UNDONE = "undone", "took it back before it left"
    HALTED = "halted", "halted it"
    RESUMED = "resumed", "let it go on"
    RESENT = "resent", "had the uncertain ones sent again"
    CORRECTED = "corrected", "sent a correction"


class Reason(models.TextChoices):
    """Why an address gets no more mail although its owner did not leave."""

    NO_SUCH_ADDRESS = "no_such_address", "the receiving server says there is no such address"
    COMPLAINT = "complaint", "its owner reported a message as unwanted"
    OPERATOR = "operator", "an operator stopped it"
