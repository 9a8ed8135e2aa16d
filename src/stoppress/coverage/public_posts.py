"""What readers see of coverage: posts as values, in order, and where the log stands.

`post_views` makes any number of posts ready in two queries at most. A withdrawn post comes out without its text:
nothing that is read through here can show it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from stoppress.coverage.choices import PostLabel, NoteKind
from stoppress.coverage.errors import BlogNotFoundError
from stoppress.coverage.html_sanitiser import shorten_html, html_to_text
from stoppress.coverage.localisation.languages import in_language, page_language
from stoppress.coverage.models import LiveBlog, Note, Picture, Post, Revision
from stoppress.coverage.post_content import Content, PictureUse, Source


@dataclass(frozen=True)
class NoteView:
    """One open word about a post's past."""

    kind: NoteKind
    text: str
    at: datetime


@dataclass(frozen=True)
class PictureView:
    """One picture, with everything a page needs to show it without moving the text."""

    id: str
    alt: str
    caption: str
    credit: str
    width: int
    height: int
    widths: tuple[int, ...]

    @property
    def src(self) -> str:
        """The address of its widest file."""
        return f"/media/{self.id}-{self.widths[-1]}.webp"

    @property
    def srcset(self) -> str:
        """All its files, for the browser to choose from."""
        return ", ".join(f"/media/{self.id}-{width}.webp {width}w" for width in self.widths)


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
    """The language of the live blog (BCP 47): labels, dates and notices are in it."""

    @property
    def withdrawn(self) -> bool:
        """Whether only a tombstone is left."""
        return self.withdrawn_at is not None

    @property
    def key_event(self) -> bool:
        """Whether it is listed among the key events."""
        return PostLabel.KEY_EVENT in self.labels

    @property
    def breaking(self) -> bool:
        """Whether it is labelled breaking."""
        return PostLabel.BREAKING in self.labels

    @property
    def pinned(self) -> bool:
        """Whether it stands above all others."""
        return PostLabel.PINNED in self.labels

    @property
    def path(self) -> str:
        """Its permanent address on this site."""
        return f"/live/{self.slug}/posts/{self.id}"

    @property
    def title(self) -> str:
        """What to call it where there is room for one line."""
        if text := self.content.headline or shorten_html(self.content.body, 90):
            return text
        with in_language(page_language(self.blog_language)):
            return _("Withdrawn post") if self.withdrawn else _("Picture")

    @property
    def text(self) -> str:
        """Its body as plain text."""
        return html_to_text(self.content.body)

    @property
    def sort_key(self) -> tuple[bool, int]:
        """What it is ordered by, highest first."""
        return (self.pinned, self.position)


def find_blog(slug: str) -> LiveBlog:
    """The live blog of this slug; raises NoSuchBlog."""
    try:
        return LiveBlog.objects.get(slug=slug)
    except LiveBlog.DoesNotExist as error:
        raise BlogNotFoundError(slug) from error


def revision_content(revision: Revision) -> Content:
    """The text of a saved revision."""
    return Content(
        headline=revision.headline,
        body=revision.body,
        bylines=tuple(revision.bylines),
        sources=tuple(Source(**source) for source in revision.sources),
        pictures=tuple(PictureUse(**picture) for picture in revision.pictures),
        language=revision.language,
    )


def posts_in_order(blog: LiveBlog) -> QuerySet[Post]:
    """All posts of a live blog, the pinned one first, then newest first."""
    return Post.objects.filter(blog=blog).order_by("-pinned", "-position").select_related("revision")


def build_post_views(blog: LiveBlog, posts: Iterable[Post]) -> list[PostView]:
    """These posts, in the order given, as readers may see them."""
    posts = list(posts)
    notes = _notes(posts)
    pictures = _pictures(posts)
    return [_view(blog, post, tuple(notes[post.pk]), pictures) for post in posts]


def _notes(posts: list[Post]) -> dict[UUID, list[NoteView]]:
    """What readers are told of each; every note came with a further revision or a withdrawal (coverage.actions)."""
    found: dict[UUID, list[NoteView]] = defaultdict(list)
    changed = [post for post in posts if post.withdrawn_at or (post.revision and post.revision.number > 1)]
    for note in Note.objects.filter(post__in=changed).order_by("at", "id") if changed else ():
        found[note.post_id].append(NoteView(NoteKind(note.kind), note.text, note.at))
    return found


def _pictures(posts: list[Post]) -> dict[str, Picture]:
    ids = {use["id"] for post in posts if post.revision and not post.withdrawn_at for use in post.revision.pictures}
    return Picture.objects.in_bulk(ids) if ids else {}


def _view(blog: LiveBlog, post: Post, notes: tuple[NoteView, ...], known: dict[str, Picture]) -> PostView:
    assert post.revision is not None, "a post is created together with its first revision"
    gone = post.withdrawn_at is not None
    content = Content() if gone else revision_content(post.revision)
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
        pictures=tuple(_picture(use, known[use.id]) for use in content.pictures if use.id in known),
        notes=tuple(note for note in notes if not gone or note.kind == NoteKind.WITHDRAWAL),
        blog_language=blog.language,
    )


def _picture(use: PictureUse, file: Picture) -> PictureView:
    return PictureView(use.id, use.alt, use.caption, use.credit, file.width, file.height, tuple(file.widths))
