"""Live blogs, their posts, the posts' revisions, and the log that all reading comes out of.

Nothing here is written except by `coverage.actions`. Nothing is ever deleted.
"""

import uuid
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import models

from stoppress.coverage.choices import ChangeKind, PostLabel, NoteKind, BlogState


class LiveBlog(models.Model):
    """One running coverage of one story."""

    slug = models.SlugField(max_length=80, unique=True)
    headline = models.CharField(max_length=300)
    standfirst = models.TextField(blank=True, help_text="Paragraphs, a blank line between them")
    state = models.CharField(max_length=10, choices=BlogState.choices, default=BlogState.PLANNED)
    state_at = models.DateTimeField()
    zone = models.CharField(max_length=60, help_text="An IANA time zone")
    language = models.CharField(max_length=20, default="en")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When the log last grew")
    poll_wait = models.PositiveSmallIntegerField(default=5, help_text="Seconds between polls of pages without a stream")
    epoch = models.CharField(max_length=16, help_text="Changes only if readers must start afresh")
    seq = models.PositiveBigIntegerField(default=0, help_text="The number of the newest change")

    def __str__(self) -> str:
        return self.slug

    @property
    def tz(self) -> ZoneInfo:
        """The zone in which every time of this blog is shown."""
        return ZoneInfo(self.zone)

    @property
    def paragraphs(self) -> list[str]:
        """The standfirst, paragraph by paragraph."""
        return [part.strip() for part in self.standfirst.replace("\r\n", "\n").split("\n\n") if part.strip()]

    @property
    def header_version(self) -> str:
        """A digest of headline, standfirst, zone and language; a save compares it to detect another save in between."""
        return sha256("\0".join([self.headline, self.standfirst, self.zone, self.language]).encode()).hexdigest()[:16]

    @property
    def is_ongoing(self) -> bool:
        """Whether readers' pages should keep listening."""
        return self.state != BlogState.ENDED


class Post(models.Model):
    """One entry with a permanent identity; the id may be made by whoever writes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blog = models.ForeignKey(LiveBlog, on_delete=models.PROTECT, related_name="posts")
    position = models.BigIntegerField(help_text="Where it stands: higher is nearer the top. Not a time.")
    happened_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    breaking = models.BooleanField(default=False)
    key_event = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    revision = models.OneToOneField("Revision", null=True, on_delete=models.PROTECT, related_name="+")
    origin_key = models.CharField(max_length=64, blank=True, help_text="How an importer knows this post again")
    origin_digest = models.CharField(max_length=64, blank=True, help_text="The text as it was imported")

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
        """The labels it carries, most urgent first."""
        marks = [(PostLabel.BREAKING, self.breaking), (PostLabel.KEY_EVENT, self.key_event), (PostLabel.PINNED, self.pinned)]
        return [str(label) for label, carried in marks if carried]


class Revision(models.Model):
    """One saved version of a post; never overwritten, never counted as a post."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    headline = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True, help_text="HTML of the allow-list (coverage.sanitise)")
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


class Note(models.Model):
    """What readers are told about a post's past, in the post, for ever."""

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
    detail = models.JSONField(default=dict, help_text="What an editor may want to know later; never shown to readers")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blog", "seq"], name="one_change_per_number")]

    def __str__(self) -> str:
        return f"{self.blog_id}-{self.seq} {self.kind}"


class Picture(models.Model):
    """One uploaded picture, re-encoded without metadata, in the widths that pages use."""

    id = models.CharField(primary_key=True, max_length=32, help_text="Digest of what was uploaded")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    widths = models.JSONField(help_text="Pixels, ascending; files are `ID-WIDTH.webp`")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.id
