"""Everything the composer's template needs, for a new post, an edit or a correction."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User

from stoppress.coverage.choices import NoteKind
from stoppress.coverage.models import LiveBlog, Picture
from stoppress.coverage.post_content import PictureUse, Source
from stoppress.coverage.public_posts import PostView
from stoppress.desk.access.people import default_byline
from stoppress.desk.forms.composer_form import PostFormData, post_form_from_content, post_form_from_draft
from stoppress.desk.models import Draft


@dataclass(frozen=True)
class PictureRow:
    """One picture in the composer: its words, and the file to show."""

    use: PictureUse
    thumbnail: str


@dataclass
class PostComposer:
    """One form: what is in it, what it is for and what was wrong with it."""

    blog: LiveBlog
    form_data: PostFormData
    id: UUID = field(default_factory=uuid4)
    mode: str = "new"
    post: PostView | None = None
    based_on: int | None = None
    saved_at: datetime | None = None
    note: str = ""
    notice: str = NoteKind.CORRECTION
    errors: dict[str, str] = field(default_factory=dict)
    heading: str = "h2"

    @property
    def pictures(self) -> list[PictureRow]:
        """The pictures in the form that exist."""
        files = Picture.objects.in_bulk([use.id for use in self.form_data.pictures])
        return [picture_row(use, files[use.id]) for use in self.form_data.pictures if use.id in files]

    @property
    def sources(self) -> list[Source]:
        """The sources in the form, and one empty row for the next."""
        return [*self.form_data.sources, Source("")]


def picture_row(use: PictureUse, file: Picture) -> PictureRow:
    """One picture as the composer shows it."""
    return PictureRow(use, f"/media/{file.pk}-{file.widths[0]}.webp")


def new_post_composer(blog: LiveBlog, user: User, draft: Draft | None) -> PostComposer:
    """A new post: empty, or where a draft was left."""
    if draft is None:
        return PostComposer(blog, PostFormData(bylines=default_byline(user)))
    return PostComposer(blog, post_form_from_draft(draft.form_data), id=draft.pk, saved_at=draft.saved_at)


def change_composer(blog: LiveBlog, post: PostView, mode: str, draft: Draft | None) -> PostComposer:
    """An edit or a correction: the text as it stands, or where one's own edit was left."""
    if draft is None:
        return PostComposer(blog, post_form_from_content(post.content), mode=mode, post=post, based_on=post.revision)
    form_data = post_form_from_draft(draft.form_data)
    return PostComposer(blog, form_data, draft.pk, mode, post, draft.based_on, draft.saved_at)
