"""Publish new posts on behalf of people at the desk: the permission and the state of coverage are checked here.

Every post of a person passes `publish_as`, whether they publish it at once, schedule it, or an editor approves it.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from stoppress.coverage.actions import publish
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog, Post
from stoppress.desk.access.permissions import check_permission
from stoppress.desk.forms.composer_form import PostFormData
from stoppress.desk.models import PostAct, PostActKind
from stoppress.runtime.errors import StopPressError


class CoverageEndedError(StopPressError):
    """Coverage has ended, and the person has not confirmed that they want to post nevertheless."""

    def __init__(self) -> None:
        super().__init__(_("This coverage has ended. Nothing was published yet."))


def publish_as(
    user: User,
    blog: LiveBlog,
    post_id: UUID,
    form_data: PostFormData,
    *,
    now: datetime,
    permission: str = "write",
    into_ended: bool = False,
) -> Post:
    """Publish a post if `user` has `permission` now. A retry returns the existing post (see `publish`).

    Raises:
        NotPermittedError: if the person lacks the permission or is disabled.
        CoverageEndedError: if coverage has ended and `into_ended` is False.
        InvalidContentError, PostIdTakenError: see `publish`.
    """
    check_permission(user, permission, blog.pk)
    if not Post.objects.filter(pk=post_id).exists():
        check_ongoing(blog, into_ended=into_ended)
    return publish(blog.slug, form_data.content, by=user.username, now=now, post_id=post_id, labels=form_data.labels)


def check_ongoing(blog: LiveBlog, *, into_ended: bool) -> None:
    """Raise CoverageEndedError if coverage has ended by now, unless the person confirmed to post nevertheless."""
    if not into_ended and LiveBlog.objects.filter(pk=blog.pk, state=BlogState.ENDED).exists():
        raise CoverageEndedError


def record_post_act(
    kind: PostActKind, post_id: UUID, blog: LiveBlog, title: str, *, by: str, now: datetime, note: str = ""
) -> None:
    """Write one act into the history of a future post. Call it in the transaction of the act."""
    PostAct.objects.create(post_id=post_id, blog=blog, title=title[:300], kind=kind, at=now, by=by, note=note)
