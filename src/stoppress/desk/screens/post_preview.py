"""Preview of a post that is not published yet, as readers would see it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from stoppress.coverage.models import LiveBlog, Picture
from stoppress.coverage.post_content import PictureUse
from stoppress.coverage.public_posts import PictureView, PostView, build_picture
from stoppress.desk.forms.composer_form import PostFormData
from stoppress.desk.screens.post_composer import desk_picture_base


def preview_post(blog: LiveBlog, form_data: PostFormData, post_id: UUID, now: datetime) -> PostView:
    """Return the view of a post with `form_data`, as if it were published at `now`.

    Raises:
        InvalidContentError: if it could not be published.
    """
    content = _with_placeholder_texts(form_data).content.validate()
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
        pictures=_pictures(form_data.pictures, desk_picture_base(blog.slug)),
        notes=(),
        blog_language=blog.language,
    )


def _with_placeholder_texts(form_data: PostFormData) -> PostFormData:
    """Fill in missing alternative texts: publishing needs them, a preview does not."""
    uses = tuple(use if use.alt else replace(use, alt=_("Not described yet")) for use in form_data.pictures)
    return replace(form_data, pictures=uses)


def _pictures(uses: tuple[PictureUse, ...], base: str) -> tuple[PictureView, ...]:
    files = Picture.objects.in_bulk([use.id for use in uses])
    return tuple(build_picture(use, files[use.id], base) for use in uses if use.id in files)
