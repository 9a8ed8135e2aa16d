"""Enumerations that the tables of `alerts` store."""

from django.db import models


class DecisionKind(models.TextChoices):
    """What an editor, or the scheduler, did with an alert."""

    SENT = "sent", "pressed Send"
    APPROVED = "approved", "approved it"
    UNDONE = "undone", "took it back before it left"
    HALTED = "halted", "halted it"
    RESUMED = "resumed", "resumed it"
    RESENT = "resent", "resent the uncertain deliveries"
    CORRECTED = "corrected", "sent a correction"
