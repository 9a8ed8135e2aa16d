"""The words of the trade that the database keeps, in one place."""

from django.db import models
from django.utils.translation import pgettext_lazy


class BlogState(models.TextChoices):
    """Where a live blog stands; shown to readers with the time it began."""

    PLANNED = "planned", pgettext_lazy("state of a live blog", "Planned")
    LIVE = "live", pgettext_lazy("state of a live blog", "Live")
    QUIET = "quiet", pgettext_lazy("state of a live blog", "Quiet")
    PAUSED = "paused", pgettext_lazy("state of a live blog", "Paused")
    ENDED = "ended", pgettext_lazy("state of a live blog", "Ended")


class ChangeKind(models.TextChoices):
    """What one change of a log did."""

    PUBLISHED = "published"
    UPDATED = "updated"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    BLOG_UPDATED = "blog_updated", "blog updated"


class NoteKind(models.TextChoices):
    """What is said openly about a post's past: four different things, never mixed."""

    CORRECTION = "correction", pgettext_lazy("notice on a post", "Correction")
    CLARIFICATION = "clarification", pgettext_lazy("notice on a post", "Clarification")
    UPDATE = "update", pgettext_lazy("notice on a post", "Update")
    WITHDRAWAL = "withdrawal", pgettext_lazy("notice on a post", "Withdrawal")


class PostLabel(models.TextChoices):
    """What an editor may mark a post as."""

    BREAKING = "breaking", pgettext_lazy("label of a post", "Breaking")
    KEY_EVENT = "key-event", pgettext_lazy("label of a post", "Key event")
    PINNED = "pinned", pgettext_lazy("label of a post", "Pinned")
