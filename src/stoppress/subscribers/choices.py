"""Enumerations that the tables of `subscribers` store."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Frequency(models.TextChoices):
    """How a subscriber wants a topic: at once, or together with all else, in the morning or evening of their zone."""

    INSTANT = "instant", pgettext_lazy("how often", "At once")
    MORNING = "morning", pgettext_lazy("how often", "Every morning")
    EVENING = "evening", pgettext_lazy("how often", "Every evening")


class ConsentKind(models.TextChoices):
    """What somebody said about one topic."""

    REQUESTED = "requested", "entered the address"
    CONFIRMED = "confirmed", "confirmed by the link in a mail"
    CHOSEN = "chosen", "chosen on the preferences page"
    IMPORTED = "imported", "imported from another system"
    UNSUBSCRIBED = "unsubscribed", "unsubscribed"


class SuppressionReason(models.TextChoices):
    """Why an address gets no more mail although its owner did not leave."""

    NO_SUCH_ADDRESS = "no_such_address", "the receiving server says there is no such address"
    COMPLAINT = "complaint", "its owner reported a message as unwanted"
    OPERATOR = "operator", "an operator stopped it"
