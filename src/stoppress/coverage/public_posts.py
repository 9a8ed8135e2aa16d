"""Posts as readers may see them: immutable values without hidden data.

`build_post_views` needs at most two queries for any number of posts. A withdrawn post is built without its text, so
nothing built here can show it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from stoppress.coverage.choices import NoteKind, PostLabel
from stoppress.coverage.errors import BlogNotFoundError
from stoppress.coverage.html_sanitiser import html_to_text, shorten_html
from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.coverage.models import LiveBlog, Note, Picture, Post, Revision
from stoppress.coverage.post_content import Content, PictureUse, Source


@dataclass(frozen=True)
class NoteView:
    """One note on a post: correction, clarification, update or withdrawal."""

    kind: NoteKind
    text: str
    at: datetime


@dataclass(frozen=True)
class PictureView:
    """One picture, with the sizes that a page needs to reserve its space before it loads."""

    id: str
    alt: str
    caption: str
    credit: str
    width: int
    height: int
    widths: tuple[int, ...]
    base: str = "/media/"
    """Path of the files: the public one, or the desk's for pictures that no post shows yet."""
    ground: str = ""
    """`light` or `dark`, behind a picture with transparency."""

    @property
    def src(self) -> str:
        """URL of the widest file."""
        return f"{self.base}{self.id}-{self.widths[-1]}.webp"

    @property
    def small_src(self) -> str:
        """URL of the narrowest file."""
        return f"{self.base}{self.id}-{self.widths[0]}.webp"

    @property
    def srcset(self) -> str:
        """All files with their widths, for the browser to choose from."""
        return ", ".join(f"{self.base}{self.id}-{width}.webp {width}w" for width in self.widths)


@dataclass(frozen=True)
class PostView:
    """One post as readers may see it now."""

    id: UUID
    slug: str
    zone: ZoneInfo
    position: int
    published_at: datetime
    updated_at: datetime
    happened_at: datetime | None
    withdrawn_at: datetime | None
    labels: tuple[str, ...]
    revision: int
    content: Content
    pictures: tuple[PictureView, ...]
    notes: tuple[NoteView, ...]
    blog_language: str = "en"
    """Language of the live blog (BCP 47), used for labels, dates and notes."""

    @property
    def withdrawn(self) -> bool:
        """Return True if the post was withdrawn and only its tombstone is shown."""
        return self.withdrawn_at is not None

    @property
    def key_event(self) -> bool:
        """Return True if the post is listed among the key events."""
        return PostLabel.KEY_EVENT in self.labels

    @property
    def breaking(self) -> bool:
        """Return True if the post is labelled as breaking."""
        return PostLabel.BREAKING in self.labels

    @property
    def pinned(self) -> bool:
        """Return True if the post is pinned above all others."""
        return PostLabel.PINNED in self.labels

    @property
    def path(self) -> str:
        """Permanent path of the post on this site."""
        return f"/live/{self.slug}/posts/{self.id}"

    @property
    def title(self) -> str:
        """One-line title: the headline, else the first words, else a description."""
        if text := self.content.headline or shorten_html(self.content.body, 90):
            return text
        with in_language(page_language(self.blog_language)):
            return _("Withdrawn post") if self.withdrawn else _("Picture")

    @property
    def text(self) -> str:
        """The body as plain text."""
        return html_to_text(self.content.body)

    @property
    def sort_key(self) -> tuple[bool, int]:
        """Sort key; the highest comes first."""
        return (self.pinned, self.position)


def find_blog(slug: str) -> LiveBlog:
    """Return the live blog with this slug, or raise BlogNotFoundError."""
    try:
        return LiveBlog.objects.get(slug=slug)
    except LiveBlog.DoesNotExist as error:
        raise BlogNotFoundError(slug) from error


def revision_content(revision: Revision) -> Content:
    """Return the content of a saved revision."""
    return Content(
        headline=revision.headline,
        body=revision.body,
        bylines=tuple(revision.bylines),
        sources=tuple(Source(**source) for source in revision.sources),
        pictures=tuple(PictureUse(**picture) for picture in revision.pictures),
        language=revision.language,
    )


def posts_in_order(blog: LiveBlog) -> QuerySet[Post]:
    """Return all posts of a live blog: the pinned one first, then by position from the top."""
    return Post.objects.filter(blog=blog).order_by("-pinned", "-position").select_related("revision")


def build_post_views(blog: LiveBlog, posts: Iterable[Post]) -> list[PostView]:
    """Return the views of these posts, in the given order."""
    posts = list(posts)
    notes = _load_notes(posts)
    pictures = _load_pictures(posts)
    return [_build_view(blog, post, tuple(notes[post.pk]), pictures) for post in posts]


def _load_notes(posts: list[Post]) -> dict[UUID, list[NoteView]]:
    """Return the notes by post id. Only posts with a second revision or a withdrawal can have notes."""
    notes: dict[UUID, list[NoteView]] = defaultdict(list)
    posts_with_notes = [post for post in posts if post.withdrawn_at or (post.revision and post.revision.number > 1)]
    for note in Note.objects.filter(post__in=posts_with_notes).order_by("at", "id") if posts_with_notes else ():
        notes[note.post_id].append(NoteView(NoteKind(note.kind), note.text, note.at))
    return notes


def _load_pictures(posts: list[Post]) -> dict[str, Picture]:
    ids = {use["id"] for post in posts if post.revision and not post.withdrawn_at for use in post.revision.pictures}
    return Picture.objects.in_bulk(ids) if ids else {}


def _build_view(blog: LiveBlog, post: Post, notes: tuple[NoteView, ...], files: dict[str, Picture]) -> PostView:
    assert post.revision is not None, "a post is created together with its first revision"
    is_withdrawn = post.withdrawn_at is not None
    content = Content() if is_withdrawn else revision_content(post.revision)
    return PostView(
        id=post.pk,
        slug=blog.slug,
        zone=blog.tz,
        position=post.position,
        published_at=post.published_at,
        updated_at=post.updated_at,
        happened_at=post.happened_at,
        withdrawn_at=post.withdrawn_at,
        labels=tuple(post.labels),
        revision=post.revision.number,
        content=content,
        pictures=tuple(build_picture(use, files[use.id]) for use in content.pictures if use.id in files),
        notes=tuple(note for note in notes if not is_withdrawn or note.kind == NoteKind.WITHDRAWAL),
        blog_language=blog.language,
    )


def build_picture(use: PictureUse, file: Picture, base: str = "/media/") -> PictureView:
    """Return the view of a picture with the texts of one post; `base` is the path of its files."""
    sizes = (file.width, file.height, tuple(file.widths))
    return PictureView(use.id, use.alt, use.caption, use.credit, *sizes, base, file.ground)
