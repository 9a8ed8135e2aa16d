"""Everything the composer's template needs, for a new post, an edit or a correction."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User

from stoppress.coverage.choices import Notice
from stoppress.coverage.models import LiveBlog, Picture
from stoppress.coverage.post_content import PictureUse, Source
from stoppress.coverage.public_posts import PostView
from stoppress.desk.access.people import byline_of
from stoppress.desk.forms.composer_form import Written, from_content, from_draft
from stoppress.desk.models import Draft


@dataclass(frozen=True)
class PictureRow:
    """One picture in the composer: its words, and the file to show."""

    use: PictureUse
    thumbnail: str


@dataclass
class Composer:
    """One form: what is in it, what it is for and what was wrong with it."""

    blog: LiveBlog
    written: Written
    id: UUID = field(default_factory=uuid4)
    mode: str = "new"
    post: PostView | None = None
    based_on: int | None = None
    kept_at: datetime | None = None
    note: str = ""
    notice: str = Notice.CORRECTION
    errors: dict[str, str] = field(default_factory=dict)
    heading: str = "h2"

    @property
    def pictures(self) -> list[PictureRow]:
        """The pictures in the form that exist."""
        files = Picture.objects.in_bulk([use.id for use in self.written.pictures])
        return [picture_row(use, files[use.id]) for use in self.written.pictures if use.id in files]

    @property
    def sources(self) -> list[Source]:
        """The sources in the form, and one empty row for the next."""
        return [*self.written.sources, Source("")]


def picture_row(use: PictureUse, file: Picture) -> PictureRow:
    """One picture as the composer shows it."""
    return PictureRow(use, f"/media/{file.pk}-{file.widths[0]}.webp")


def for_new(blog: LiveBlog, user: User, draft: Draft | None) -> Composer:
    """A new post: empty, or where a draft was left."""
    if draft is None:
        return Composer(blog, Written(bylines=byline_of(user)))
    return Composer(blog, from_draft(draft.written), id=draft.pk, kept_at=draft.kept_at)


def for_change(blog: LiveBlog, post: PostView, mode: str, draft: Draft | None) -> Composer:
    """An edit or a correction: the text as it stands, or where one's own edit was left."""
    if draft is None:
        return Composer(blog, from_content(post.content), mode=mode, post=post, based_on=post.revision)
    written = from_draft(draft.written)
    return Composer(blog, written, draft.pk, mode, post, draft.based_on, draft.kept_at)
