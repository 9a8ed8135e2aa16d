"""A post that is not there yet, as readers would see it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stoppress.coverage.models import LiveBlog, Picture
from stoppress.coverage.post_content import PictureUse
from stoppress.coverage.public_posts import PictureView, PostView
from stoppress.desk.forms.composer_form import PostFormData


def preview_post(blog: LiveBlog, form_data: PostFormData, post_id: UUID, now: datetime) -> PostView:
    """`form_data` as a post published at `now`. Raises BadContent where it could not be."""
    content = _described(form_data).content.validate()
    return PostView(
        id=post_id,
        slug=blog.slug,
        zone=blog.tz,
        position=0,
        published_at=now,
        updated_at=now,
        happened_at=None,
        withdrawn_at=None,
        labels=form_data.labels,
        revision=0,
        content=content,
        pictures=_pictures(form_data.pictures),
        notes=(),
        blog_language=blog.language,
    )


def _described(form_data: PostFormData) -> PostFormData:
    """A preview does not wait for the alt texts; publishing does."""
    uses = tuple(use if use.alt else replace(use, alt="Not described yet") for use in form_data.pictures)
    return replace(form_data, pictures=uses)


def _pictures(uses: tuple[PictureUse, ...]) -> tuple[PictureView, ...]:
    files = Picture.objects.in_bulk([use.id for use in uses])
    return tuple(_picture(use, files[use.id]) for use in uses if use.id in files)


def _picture(use: PictureUse, file: Picture) -> PictureView:
    return PictureView(use.id, use.alt, use.caption, use.credit, file.width, file.height, tuple(file.widths))
