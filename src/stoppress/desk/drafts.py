"""Keep what somebody types, so that nothing typed is ever lost, and nothing published lies about as a draft."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.public_posts import revision_content
from stoppress.desk.forms.composer_form import PostFormData
from stoppress.desk.models import Draft


class DraftIdTakenError(Exception):
    """A draft was sent under an id of another person, live blog or post; nothing was kept."""

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"The id {draft_id} already belongs to another text. Nothing was kept.")


def save_draft(
    draft_id: UUID,
    form_data: PostFormData,
    *,
    user: User,
    blog: LiveBlog,
    now: datetime,
    post: Post | None = None,
    based_on: int | None = None,
) -> Draft | None:
    """Keep what is form_data; None where nothing is left to keep.

    A keeping that arrives late, after its text was published or saved, does not bring the draft back.
    Raises DraftIdTaken if the id belongs to another person, live blog or post.
    """
    with transaction.atomic():
        _refuse_taken(draft_id, user, blog, post)
        if _settled(draft_id, form_data, post):
            discard_draft(draft_id, user=user)
            return None
        key = {"user": user, "post": post} if post else {"pk": draft_id}
        values = {"user": user, "blog": blog, "form_data": form_data.as_draft(), "based_on": based_on, "saved_at": now}
        return Draft.objects.update_or_create(
            **key, defaults=values, create_defaults={"pk": draft_id, **key, **values}
        )[0]


def discard_draft(draft_id: UUID, *, user: User) -> None:
    """Throw away one's own draft."""
    Draft.objects.filter(pk=draft_id, user=user).delete()


def discard_edit_draft(post_id: UUID, *, user: User) -> None:
    """Throw away one's own unfinished edit of a post: it has been saved."""
    Draft.objects.filter(post_id=post_id, user=user).delete()


def find_new_post_drafts(user: User, blog: LiveBlog) -> list[Draft]:
    """One's own posts not yet published, newest first."""
    return list(Draft.objects.filter(user=user, blog=blog, post=None))


def find_edit_drafts(user: User, blog: LiveBlog) -> list[Draft]:
    """One's own unfinished edits, newest first; none of a withdrawn post, whose text they would show."""
    standing = Draft.objects.filter(user=user, blog=blog, post__isnull=False, post__withdrawn_at=None)
    return list(standing.select_related("post"))


def _settled(draft_id: UUID, form_data: PostFormData, post: Post | None) -> bool:
    if post is None:
        return form_data.is_blank or Post.objects.filter(pk=draft_id).exists()
    assert post.revision is not None, "a post is created together with its first revision"
    return post.withdrawn_at is not None or form_data.content == revision_content(post.revision)


def _refuse_taken(draft_id: UUID, user: User, blog: LiveBlog, post: Post | None) -> None:
    """Raises DraftIdTakenError unless the id is free, or was made here, by this person, for the same text."""
    draft = Draft.objects.filter(pk=draft_id).first()
    if draft and (draft.user_id, draft.blog_id, draft.post_id) != (user.pk, blog.pk, post.pk if post else None):
        raise DraftIdTakenError(draft_id)
    if Post.objects.filter(pk=draft_id).exclude(blog=blog).exists():
        raise DraftIdTakenError(draft_id)
