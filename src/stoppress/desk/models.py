"""Who may do what, what they are writing, and what programs may send.

Drafts are the desk's own: nothing here is ever read by a reader's page.
"""

import uuid

from django.conf import settings
from django.db import models

from stoppress.coverage.html_sanitiser import shorten_html
from stoppress.coverage.models import LiveBlog, Post


class Role(models.TextChoices):
    """What a seat lets its holder do; each includes the ones before it."""

    REPORTER = "reporter", "Reporter"
    EDITOR = "editor", "Editor"
    ADMIN = "admin", "Administrator"


class PersonalSettings(models.Model):
    """What one person has chosen for their own work at the desk."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47; empty: the browser's")

    def __str__(self) -> str:
        return f"settings of {self.user}"


class Seat(models.Model):
    """One person's place at the desk: of one live blog, or of all of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seats")
    blog = models.ForeignKey(
        LiveBlog, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all live blogs"
    )
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "blog"], name="one_seat_per_blog"),
            models.UniqueConstraint(fields=["user"], condition=models.Q(blog=None), name="one_seat_of_all"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.blog or 'all'}"


class Draft(models.Model):
    """What somebody has typed and not yet published; `id` is the id the post will have, or the edit's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    blog = models.ForeignKey(LiveBlog, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+", help_text="Edited, if any")
    based_on = models.PositiveIntegerField(null=True, help_text="The revision that an edit began from")
    form_data = models.JSONField(help_text="Fields of the composer as typed (PostFormData)")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["user", "post"], name="one_draft_per_edit")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def title(self) -> str:
        """What to call it in a list."""
        return self.form_data.get("headline") or shorten_html(self.form_data.get("body", ""), 70) or "Without a headline"


class ApiToken(models.Model):
    """The right of a program to write; the token itself is shown once and kept nowhere."""

    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, hexadecimal")
    last4 = models.CharField(max_length=4)
    scopes = models.JSONField(help_text="Names from api_tokens.SCOPES")
    blog = models.ForeignKey(LiveBlog, null=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} (…{self.last4})"


class IdempotentResponse(models.Model):
    """The first answer to a request that carried an Idempotency-Key, for its retries."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_response_per_key")]

    def __str__(self) -> str:
        return self.key
