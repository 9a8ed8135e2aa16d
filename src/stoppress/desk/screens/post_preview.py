"""A post that is not there yet, as readers would see it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stoppress.coverage.models import LiveBlog, Picture
from stoppress.coverage.post_content import PictureUse
from stoppress.coverage.public_posts import PictureView, PostView
from stoppress.desk.forms.composer_form import Written


def preview_of(blog: LiveBlog, written: Written, post_id: UUID, now: datetime) -> PostView:
    """`written` as a post published at `now`. Raises BadContent where it could not be."""
    content = _described(written).content.checked()
    return PostView(
        id=post_id,
        slug=blog.slug,
        zone=blog.tz,
        position=0,
        published_at=now,
        updated_at=now,
        happened_at=None,
        withdrawn_at=None,
        labels=written.labels,
        revision=0,
        content=content,
        pictures=_pictures(written.pictures),
        notes=(),
        blog_language=blog.language,
    )


def _described(written: Written) -> Written:
    """A preview does not wait for the alt texts; publishing does."""
    uses = tuple(use if use.alt else replace(use, alt="Not described yet") for use in written.pictures)
    return replace(written, pictures=uses)


def _pictures(uses: tuple[PictureUse, ...]) -> tuple[PictureView, ...]:
    files = Picture.objects.in_bulk([use.id for use in uses])
    return tuple(_picture(use, files[use.id]) for use in uses if use.id in files)


def _picture(use: PictureUse, file: Picture) -> PictureView:
    return PictureView(use.id, use.alt, use.caption, use.credit, file.width, file.height, tuple(file.widths))
