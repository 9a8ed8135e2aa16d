"""The words of the trade that the database keeps, in one place."""

from django.db import models


class State(models.TextChoices):
    """Where a live blog stands; shown to readers with the time it began."""

    PLANNED = "planned", "Planned"
    LIVE = "live", "Live"
    QUIET = "quiet", "Quiet"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"


class Kind(models.TextChoices):
    """What one change of a log did."""

    PUBLISHED = "published"
    UPDATED = "updated"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    BLOG_UPDATED = "blog_updated", "blog updated"


class Notice(models.TextChoices):
    """What is said openly about a post's past: four different things, never mixed."""

    CORRECTION = "correction", "Correction"
    CLARIFICATION = "clarification", "Clarification"
    UPDATE = "update", "Update"
    WITHDRAWAL = "withdrawal", "Withdrawal"


class Label(models.TextChoices):
    """What an editor may mark a post as."""

    BREAKING = "breaking", "Breaking"
    KEY_EVENT = "key-event", "Key event"
    PINNED = "pinned", "Pinned"
