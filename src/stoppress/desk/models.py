"""Seats, personal settings, drafts, API tokens and the audit log. No reader's page reads any of these tables."""

import hashlib
import json
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from stoppress.coverage.html_sanitiser import shorten_html
from stoppress.coverage.models import LiveBlog, Post


class Role(models.TextChoices):
    """The role of a seat; each includes the permissions of the roles before it."""

    CONTRIBUTOR = "contributor", pgettext_lazy("role at the desk", "Contributor")
    REPORTER = "reporter", pgettext_lazy("role at the desk", "Reporter")
    EDITOR = "editor", pgettext_lazy("role at the desk", "Editor")
    ADMIN = "admin", pgettext_lazy("role at the desk", "Administrator")


class PersonalSettings(models.Model):
    """The desk settings of one person."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47; empty: the browser's")

    def __str__(self) -> str:
        return f"settings of {self.user}"


class Seat(models.Model):
    """The role of one person, for one live blog or for all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seats")
    blog = models.ForeignKey(
        LiveBlog, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all live blogs"
    )
    role = models.CharField(max_length=15, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "blog"], name="one_seat_per_blog"),
            models.UniqueConstraint(fields=["user"], condition=models.Q(blog=None), name="one_seat_of_all"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.blog or 'all live blogs'}"


@dataclass(frozen=True)
class DraftVersion:
    """Which composer wrote a draft, and how many changes it had counted then; without a writer: unknown."""

    writer: str = ""
    turn: int = 0

    def __str__(self) -> str:
        return f"{self.writer}:{self.turn}" if self.writer else ""


class DraftState(models.TextChoices):
    """What a draft waits for. Only the text of a writing or returned draft is saved while its author types."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    SCHEDULED = "scheduled"
    FAILED = "failed"


class Draft(models.Model):
    """Unpublished text of one person; `id` is the future id of the post, or the id of the edit."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    blog = models.ForeignKey(LiveBlog, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+", help_text="Edited, if any")
    based_on = models.PositiveIntegerField(null=True, help_text="The revision that an edit began from")
    form_data = models.JSONField(help_text="Fields of the composer as typed (PostFormData)")
    saved_at = models.DateTimeField()
    writer = models.CharField(max_length=36, blank=True, help_text="Id of the composer that saved it last")
    turn = models.PositiveIntegerField(default=0, help_text="Changes that this composer had counted")
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.WRITING)
    state_at = models.DateTimeField(null=True, help_text="Time of the last change of `state`")
    state_by = models.CharField(max_length=150, blank=True, help_text="Log-in name of the person who changed it")
    state_note = models.TextField(blank=True, help_text="For the author: why the text came back")
    publish_at = models.DateTimeField(null=True, help_text="Time at which a scheduled post goes out")
    into_ended = models.BooleanField(default=False, help_text="Scheduled although coverage had ended")

    class Meta:
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["user", "post"], name="one_draft_per_edit")]
        indexes = [models.Index(fields=["publish_at"], condition=models.Q(state="scheduled"), name="scheduled_by_time")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def version(self) -> DraftVersion:
        """Return which composer wrote it, and at which of its changes."""
        return DraftVersion(self.writer, self.turn)

    @property
    def text_digest(self) -> str:
        """Return a digest of all fields, by which a decision detects that the text changed after it was read."""
        return hashlib.sha256(json.dumps(self.form_data, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def title(self) -> str:
        """Return the title of the draft in a list."""
        return (
            self.form_data.get("headline")
            or shorten_html(self.form_data.get("body", ""), 70)
            or _("Without a headline")
        )


class PostActKind(models.TextChoices):
    """What an editor or author did with a post before it was published."""

    SUBMITTED = "submitted", pgettext_lazy("history of a post", "Submitted for approval")
    TAKEN_BACK = "taken_back", pgettext_lazy("history of a post", "Taken back by the author")
    EDITED = "edited", pgettext_lazy("history of a post", "Edited before approval")
    RETURNED = "returned", pgettext_lazy("history of a post", "Returned to the author")
    APPROVED = "approved", pgettext_lazy("history of a post", "Approved")
    SCHEDULED = "scheduled", pgettext_lazy("history of a post", "Scheduled")
    CANCELLED = "cancelled", pgettext_lazy("history of a post", "Schedule cancelled")
    FAILED = "failed", pgettext_lazy("history of a post", "Did not go out at its time")


class PostAct(models.Model):
    """One act on a post before it was published: part of its history. Never changed or deleted."""

    post_id = models.UUIDField(help_text="The future id of the post", db_index=True)
    blog = models.ForeignKey(LiveBlog, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=300, help_text="Title of the draft at that time")
    kind = models.CharField(max_length=20, choices=PostActKind.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["blog", "-at"], name="act_by_blog")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.kind} by {self.by}"


class ApiToken(models.Model):
    """The permission of a program to use the API. The token itself is shown once and not stored."""

    name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=300, help_text="The name in its compared form (access/name_keys.py)")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, hexadecimal")
    last4 = models.CharField(max_length=4)
    scopes = models.JSONField(help_text="Names from api_tokens.SCOPES")
    blog = models.ForeignKey(LiveBlog, null=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The person whose access ends with theirs; empty: the newsroom",
    )
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name_key"], condition=models.Q(revoked_at=None), name="one_token_per_name")
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.last4})"


class IdempotentResponse(models.Model):
    """The first response to a request with an Idempotency-Key, for its retries."""

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


class AuditAct(models.TextChoices):
    """What an entry of the audit log records."""

    LOGGED_IN = "logged_in", pgettext_lazy("audit log", "logged in")
    LOG_IN_FAILED = "log_in_failed", pgettext_lazy("audit log", "log-in failed")
    LOG_IN_REFUSED = "log_in_refused", pgettext_lazy("audit log", "log-in refused")
    LOGGED_OUT = "logged_out", pgettext_lazy("audit log", "logged out")
    PERSON_ADDED = "person_added", pgettext_lazy("audit log", "added a person")
    PERSON_DISABLED = "person_disabled", pgettext_lazy("audit log", "disabled a person")
    PERSON_ENABLED = "person_enabled", pgettext_lazy("audit log", "enabled a person")
    PASSWORD_SET = "password_set", pgettext_lazy("audit log", "set a password")
    SEAT_GIVEN = "seat_given", pgettext_lazy("audit log", "gave a seat")
    SEAT_REMOVED = "seat_removed", pgettext_lazy("audit log", "removed a seat")
    SESSIONS_ENDED = "sessions_ended", pgettext_lazy("audit log", "ended sessions")
    SECOND_FACTOR_ADDED = "second_factor_added", pgettext_lazy("audit log", "added a second factor")
    SECOND_FACTOR_REMOVED = "second_factor_removed", pgettext_lazy("audit log", "removed a second factor")
    TOKEN_CREATED = "token_created", pgettext_lazy("audit log", "created a token")
    TOKEN_REVOKED = "token_revoked", pgettext_lazy("audit log", "revoked a token")
    PERMISSION_REFUSED = "permission_refused", pgettext_lazy("audit log", "was refused a page")


class AuditEntry(models.Model):
    """One act of access management, log-in or refusal. It holds no secret and outlives the person it names."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150, help_text="Log-in name, or `command line: …`")
    client = models.CharField(max_length=60, help_text="Network address; empty for the command line")
    act = models.CharField(max_length=30, choices=AuditAct.choices)
    target = models.CharField(max_length=150, blank=True, help_text="The person or token that the act is about")
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["actor", "-at"], name="audit_by_actor"),
            models.Index(fields=["target", "-at"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.act} {self.target}".rstrip()
