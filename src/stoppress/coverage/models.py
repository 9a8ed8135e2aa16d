"""Live blogs, posts, revisions, notes, pictures, and the log of changes.

Only `coverage.actions` writes these tables. Rows are never deleted, except those of StandingPicture.
"""

import uuid
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import models

from stoppress.coverage.choices import BlogState, ChangeKind, NoteKind, PostLabel
from stoppress.coverage.html_sanitiser import shorten_html


class LiveBlog(models.Model):
    """Running coverage of one story."""

    slug = models.SlugField(max_length=80, unique=True)
    headline = models.CharField(max_length=300)
    standfirst = models.TextField(blank=True, help_text="Paragraphs, separated by blank lines")
    state = models.CharField(max_length=10, choices=BlogState.choices, default=BlogState.PLANNED)
    state_at = models.DateTimeField()
    zone = models.CharField(max_length=60, help_text="An IANA time zone")
    language = models.CharField(max_length=20, default="en")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="Time of the newest change")
    poll_wait = models.PositiveSmallIntegerField(default=5, help_text="Seconds between polls of pages without a stream")
    epoch = models.CharField(max_length=16, help_text="Generation of the log; a new one makes readers reload")
    seq = models.PositiveBigIntegerField(default=0, help_text="Number of the newest change")

    def __str__(self) -> str:
        return self.slug

    @property
    def tz(self) -> ZoneInfo:
        """The time zone in which all times of this live blog are shown."""
        return ZoneInfo(self.zone)

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs of the standfirst."""
        return [part.strip() for part in self.standfirst.replace("\r\n", "\n").split("\n\n") if part.strip()]

    @property
    def header_version(self) -> str:
        """Digest of headline, standfirst, zone and language, by which a save detects another save in between."""
        return sha256("\0".join([self.headline, self.standfirst, self.zone, self.language]).encode()).hexdigest()[:16]

    @property
    def is_ongoing(self) -> bool:
        """Return True unless coverage has ended: readers' pages keep following."""
        return self.state != BlogState.ENDED


class Post(models.Model):
    """One entry with a permanent id, which the client may choose."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blog = models.ForeignKey(LiveBlog, on_delete=models.PROTECT, related_name="posts")
    position = models.BigIntegerField(help_text="Place in the order: higher is nearer the top. Not a time.")
    happened_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    breaking = models.BooleanField(default=False)
    key_event = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    revision = models.OneToOneField("Revision", null=True, on_delete=models.PROTECT, related_name="+")
    origin_key = models.CharField(
        max_length=64, blank=True, help_text="Digest by which an importer finds this post again"
    )
    origin_digest = models.CharField(max_length=64, blank=True, help_text="Digest of the text as it was imported")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blog", "position"], name="one_post_per_place")]
        indexes = [
            models.Index(fields=["blog", "-position"]),
            models.Index(fields=["blog", "-position"], condition=models.Q(key_event=True), name="key_events_in_order"),
            models.Index(fields=["blog", "-position"], condition=models.Q(pinned=True), name="pinned_in_order"),
            models.Index(fields=["origin_key"], condition=~models.Q(origin_key=""), name="post_by_origin"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def labels(self) -> list[str]:
        """The labels of the post, most urgent first."""
        marks = [
            (PostLabel.BREAKING, self.breaking),
            (PostLabel.KEY_EVENT, self.key_event),
            (PostLabel.PINNED, self.pinned),
        ]
        return [str(label) for label, carried in marks if carried]


class Revision(models.Model):
    """One saved version of a post; never overwritten, never counted as a post."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    headline = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True, help_text="HTML of the allow-list (coverage.html_sanitiser)")
    bylines = models.JSONField(default=list, help_text="Names")
    sources = models.JSONField(default=list, help_text="Objects with `name` and, if not at first hand, `via`")
    pictures = models.JSONField(default=list, help_text="Objects with `id`, `alt`, `caption`, `credit`")
    language = models.CharField(max_length=20, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.post_id} revision {self.number}"

    @property
    def text_start(self) -> str:
        """The beginning of the body as text, of at most 200 characters."""
        return shorten_html(self.body, 200)


class Note(models.Model):
    """A correction, clarification, update or withdrawal notice that readers see in the post permanently."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=15, choices=NoteKind.choices)
    text = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    revision = models.ForeignKey(Revision, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.post_id}"


class Change(models.Model):
    """One numbered entry in a live blog's log."""

    blog = models.ForeignKey(LiveBlog, on_delete=models.PROTECT, related_name="changes")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=15, choices=ChangeKind.choices)
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="changes")
    revision = models.ForeignKey(Revision, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    detail = models.JSONField(default=dict, help_text="Details for editors; never shown to readers")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blog", "seq"], name="one_change_per_number")]

    def __str__(self) -> str:
        return f"{self.blog_id}-{self.seq} {self.kind}"


class Picture(models.Model):
    """One uploaded picture, re-encoded without metadata, in the widths that pages use."""

    id = models.CharField(primary_key=True, max_length=32, help_text="Random, hexadecimal")
    blog = models.ForeignKey(LiveBlog, on_delete=models.PROTECT, related_name="+", help_text="Its desk may see it")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    widths = models.JSONField(help_text="Pixels, ascending; files are `ID-WIDTH.webp`")
    ground = models.CharField(max_length=5, blank=True, help_text="light or dark; empty without transparency")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.id


class StandingPicture(models.Model):
    """A picture that a post shows to readers now. Without such a row, its public address is gone."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "picture"], name="one_row_per_picture_of_a_post")]

    def __str__(self) -> str:
        return f"{self.picture_id} in {self.post_id}"
