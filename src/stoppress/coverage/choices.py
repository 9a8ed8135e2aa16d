"""Enumerations that the database stores, with their labels for readers."""

from django.db import models
from django.utils.translation import pgettext_lazy


class BlogState(models.TextChoices):
    """State of a live blog, shown to readers with the time it began."""

    PLANNED = "planned", pgettext_lazy("state of a live blog", "Planned")
    LIVE = "live", pgettext_lazy("state of a live blog", "Live")
    QUIET = "quiet", pgettext_lazy("state of a live blog", "Quiet")
    PAUSED = "paused", pgettext_lazy("state of a live blog", "Paused")
    ENDED = "ended", pgettext_lazy("state of a live blog", "Ended")


class ChangeKind(models.TextChoices):
    """Kind of one change in a log."""

    PUBLISHED = "published"
    UPDATED = "updated"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    BLOG_UPDATED = "blog_updated", "blog updated"


class NoteKind(models.TextChoices):
    """Kind of a note that readers see on a changed post. The four kinds are never mixed (see the glossary)."""

    CORRECTION = "correction", pgettext_lazy("notice on a post", "Correction")
    CLARIFICATION = "clarification", pgettext_lazy("notice on a post", "Clarification")
    UPDATE = "update", pgettext_lazy("notice on a post", "Update")
    WITHDRAWAL = "withdrawal", pgettext_lazy("notice on a post", "Withdrawal")


class PostLabel(models.TextChoices):
    """Label that an editor can put on a post."""

    BREAKING = "breaking", pgettext_lazy("label of a post", "Breaking")
    KEY_EVENT = "key-event", pgettext_lazy("label of a post", "Key event")
    PINNED = "pinned", pgettext_lazy("label of a post", "Pinned")
