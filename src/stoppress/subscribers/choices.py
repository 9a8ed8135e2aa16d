"""Enumerations that the tables of `subscribers` store."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Frequency(models.TextChoices):
    """How often a subscriber gets mail about a topic: at once, or in a digest each morning or evening of their zone."""

    INSTANT = "instant", pgettext_lazy("how often", "At once")
    MORNING = "morning", pgettext_lazy("how often", "Every morning")
    EVENING = "evening", pgettext_lazy("how often", "Every evening")


class ConsentKind(models.TextChoices):
    """What a subscriber, or an import, changed about one subscription."""

    REQUESTED = "requested", "entered the address"
    CONFIRMED = "confirmed", "confirmed by the link in a mail"
    CHOSEN = "chosen", "chosen on the preferences page"
    IMPORTED = "imported", "imported from another system"
    UNSUBSCRIBED = "unsubscribed", "unsubscribed"


class SuppressionReason(models.TextChoices):
    """Why an address gets no mail although its owner did not unsubscribe."""

    NO_SUCH_ADDRESS = "no_such_address", "the receiving server reports that the address does not exist"
    COMPLAINT = "complaint", "its owner reported a message as unwanted"
    OPERATOR = "operator", "an operator stopped it"
