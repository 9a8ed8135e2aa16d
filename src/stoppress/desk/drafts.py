"""Save text while an editor types it. A draft ends when its text is published or saved as an edit."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.public_posts import revision_content
from stoppress.desk.forms.composer_form import ComposerSubmission, PostFormData
from stoppress.desk.models import Draft, DraftState

EDITABLE_STATES = (DraftState.WRITING, DraftState.RETURNED, DraftState.FAILED)
"""States in which the author types. In the others the text stays as it was read by the people who decide on it."""


class DraftIdTakenError(Exception):
    """The id of a draft belongs to another person, live blog or post; nothing was saved."""

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"The id {draft_id} already belongs to another text. Nothing was saved.")


class DraftChangedError(Exception):
    """The stored draft was changed by another tab or browser meanwhile; nothing was saved."""

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"The draft {draft_id} was changed by another tab or browser. Nothing was saved.")


def save_draft(
    submission: ComposerSubmission, *, user: User, blog: LiveBlog, now: datetime, post: Post | None = None
) -> Draft | None:
    """Save a draft, or delete it if its text is empty, published or unchanged.

    A request that arrives after its text was published or saved does not bring the draft back. One that arrives after
    a later one of the same composer changes nothing.

    Args:
        submission: the composer; its id is that of the future post, or of the edit.
        user: the author of the draft.
        blog: the live blog of the post.
        now: the time.
        post: the post that is edited; None for a new post.

    Returns:
        The draft; None if nothing is left to save.

    Raises:
        DraftIdTakenError: if the id belongs to another person, live blog or post.
        DraftChangedError: if another composer saved the draft after this one had read it.
    """
    draft_id, form_data, version = submission.id, submission.form_data, submission.version
    key = {"user": user, "post": post} if post else {"pk": draft_id}
    with transaction.atomic():
        check_draft_id(draft_id, user, blog, post)
        stored = Draft.objects.select_for_update().filter(**key).first()
        if stored and version.writer and stored.version.writer == version.writer and stored.turn >= version.turn:
            return stored
        if stored and version.writer not in ("", stored.writer) and str(stored.version) != submission.replaces:
            raise DraftChangedError(draft_id)
        if stored and stored.state not in EDITABLE_STATES:
            raise DraftChangedError(draft_id)
        if _is_obsolete(draft_id, form_data, post):
            Draft.objects.filter(**key).delete()  # checked above: it belongs to this person
            return None
        values = {
            "user": user,
            "blog": blog,
            "form_data": form_data.as_draft(),
            "based_on": submission.based_on or None,
            "saved_at": now,
            "writer": version.writer,
            "turn": version.turn,
        }
        return Draft.objects.update_or_create(
            **key, defaults=values, create_defaults={"pk": draft_id, **key, **values}
        )[0]


def discard_draft(draft_id: UUID, *, user: User) -> None:
    """Delete a draft of this person, unless others decide on it."""
    Draft.objects.filter(pk=draft_id, user=user, state__in=EDITABLE_STATES).delete()


def discard_edit_draft(post_id: UUID, *, user: User) -> None:
    """Delete this person's draft of an edit, which has been saved."""
    Draft.objects.filter(post_id=post_id, user=user).delete()


def find_new_post_drafts(user: User, blog: LiveBlog) -> list[Draft]:
    """Return this person's drafts of new posts, newest first."""
    return list(Draft.objects.filter(user=user, blog=blog, post=None, state__in=EDITABLE_STATES))


def find_edit_drafts(user: User, blog: LiveBlog) -> list[Draft]:
    """Return this person's drafts of edits, newest first; without withdrawn posts, whose text they would show."""
    drafts = Draft.objects.filter(user=user, blog=blog, post__isnull=False, post__withdrawn_at=None)
    return list(drafts.select_related("post"))


def _is_obsolete(draft_id: UUID, form_data: PostFormData, post: Post | None) -> bool:
    if post is None:
        return form_data.is_blank or Post.objects.filter(pk=draft_id).exists()
    assert post.revision is not None, "a post is created together with its first revision"
    is_unchanged = form_data.content == revision_content(post.revision) and not form_data.note
    return post.withdrawn_at is not None or is_unchanged


def check_draft_id(draft_id: UUID, user: User, blog: LiveBlog, post: Post | None) -> None:
    """Raise DraftIdTakenError unless the id is free, or belongs to this person's draft of the same text."""
    draft = Draft.objects.filter(pk=draft_id).first()
    if draft and (draft.user_id, draft.blog_id, draft.post_id) != (user.pk, blog.pk, post.pk if post else None):
        raise DraftIdTakenError(draft_id)
    if Post.objects.filter(pk=draft_id).exclude(blog=blog).exists():
        raise DraftIdTakenError(draft_id)
