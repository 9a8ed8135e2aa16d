"""Enumerations that the tables of `alerts` store."""

from django.db import models


class DecisionKind(models.TextChoices):
    """What somebody did with an alert."""

    SENT = "sent", "pressed Send"
    APPROVED = "approved", "approved it"
    UNDONE = "undone", "took it back before it left"
    HALTED = "halted", "halted it"
    RESUMED = "resumed", "let it go on"
    RESENT = "resent", "had the uncertain ones sent again"
    CORRECTED = "corrected", "sent a correction"
