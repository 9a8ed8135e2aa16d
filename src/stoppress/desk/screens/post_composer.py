"""The view model of the composer for a new post, an edit or a correction."""

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
    """One picture in the composer: its texts, and the address of a thumbnail."""

    use: PictureUse
    thumbnail: str


@dataclass
class PostComposer:
    """One composer.

    Args:
        blog: the live blog.
        form_data: the fields.
        id: the id of the new post, or of the edit.
        mode: `new`, `edit`, `correct`, or `submitted` or `scheduled` for a
            text that waits for approval or its time.
        post: the post that is changed, as readers see it.
        based_on: the revision that the change began from.
        saved_at: when the draft was saved.
        errors: messages by field.
        heading: the HTML element of the title.
        is_unsaved: True if the form shows what was submitted, which no draft contains yet.
        has_ended: True to request confirmation of a post into ended coverage.
        draft: the author's draft of a new post.
        publish_at: the value of the field for the time of publication.
    """

    blog: LiveBlog
    form_data: PostFormData
    id: UUID = field(default_factory=uuid4)
    mode: str = "new"
    post: PostView | None = None
    based_on: int | None = None
    saved_at: datetime | None = None
    errors: dict[str, str] = field(default_factory=dict)
    heading: str = "h2"
    is_unsaved: bool = False
    has_ended: bool = False
    draft: Draft | None = None
    publish_at: str = ""

    @property
    def note(self) -> str:
        """Return the note for readers."""
        return self.form_data.note

    @property
    def notice(self) -> str:
        """Return the kind of the note that is chosen."""
        return self.form_data.notice if self.form_data.notice in NoteKind.values else NoteKind.CORRECTION

    @property
    def draft_version(self) -> str:
        """Return the version of the stored draft of this form; empty if there is none."""
        stored = Draft.objects.filter(pk=self.id, blog=self.blog).first()
        return str(stored.version) if stored else ""

    @property
    def empty_picture(self) -> PictureRow:
        """Return a row without a picture, from which the script makes the rows of restored pictures."""
        return PictureRow(PictureUse("", ""), "")

    @property
    def pictures(self) -> list[PictureRow]:
        """Return the pictures of the form that exist."""
        files = Picture.objects.in_bulk([use.id for use in self.form_data.pictures])
        return [picture_row(use, files[use.id], self.blog) for use in self.form_data.pictures if use.id in files]

    @property
    def sources(self) -> list[Source]:
        """Return the sources of the form and an empty row for the next."""
        return [*self.form_data.sources, Source("")]


def picture_row(use: PictureUse, file: Picture, blog: LiveBlog) -> PictureRow:
    """Return the row of one picture."""
    return PictureRow(use, f"{desk_picture_base(blog.slug)}{file.pk}-{file.widths[0]}.webp")


def desk_picture_base(slug: str) -> str:
    """Return the path of pictures for the desk, which also shows those that no post shows."""
    return f"/desk/live/{slug}/pictures/"


def new_post_composer(blog: LiveBlog, user: User, draft: Draft | None) -> PostComposer:
    """Return the composer of a new post: empty, or with the draft."""
    if draft is None:
        return PostComposer(blog, PostFormData(bylines=default_byline(user)))
    return PostComposer(blog, post_form_from_draft(draft.form_data), id=draft.pk, saved_at=draft.saved_at, draft=draft)


def change_composer(blog: LiveBlog, post: PostView, mode: str, draft: Draft | None) -> PostComposer:
    """Return the composer of an edit or correction: with the published text, or with the person's draft."""
    if draft is None:
        return PostComposer(blog, post_form_from_content(post.content), mode=mode, post=post, based_on=post.revision)
    form_data = post_form_from_draft(draft.form_data)
    return PostComposer(blog, form_data, draft.pk, mode, post, draft.based_on, draft.saved_at)
