"""Posts that contributors submit: an editor approves or returns them.

    writing ──submit──► submitted ──approve──► post, once
       ▲                  │    │
       └────take back─────┘    └──return with a note──► returned ──submit──► …

A decision names the digest of the text that the editor read. If the text changed since, the decision is refused.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.coverage.errors import InvalidContentError, PostIdTakenError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.desk.access.people import default_byline
from stoppress.desk.access.permissions import check_permission
from stoppress.desk.drafts import check_draft_id
from stoppress.desk.forms.composer_form import ComposerSubmission, PostFormData, post_form_from_draft
from stoppress.desk.models import Draft, DraftState, PostActKind
from stoppress.desk.posting import publish_as, record_post_act
from stoppress.runtime.errors import StopPressError
from stoppress.runtime.text_cleaning import clean_text


class SubmissionGoneError(StopPressError):
    """The post is not waiting for a decision any more."""

    def __init__(self) -> None:
        super().__init__(_("This post is no longer submitted: it was returned or taken back. Nothing was changed."))


class SubmissionChangedError(StopPressError):
    """The text changed after the editor had read it."""

    def __init__(self) -> None:
        super().__init__(_("The text was changed after you opened it. Nothing was done: read it again."))


def submit_post(submission: ComposerSubmission, *, user: User, blog: LiveBlog, now: datetime) -> Draft:
    """Submit a text for approval. The same text again changes nothing; another text replaces the submitted one.

    Raises:
        NotPermittedError: if the person may not submit.
        InvalidContentError: if the text cannot be published.
        DraftIdTakenError: if the id belongs to another text.
        PostIdTakenError: if the post is published already.
    """
    submission.raise_upload_error()
    form_data = _with_byline(submission.form_data, user)
    form_data.content.validate()
    with transaction.atomic():
        check_permission(user, "submit", blog.pk)
        check_draft_id(submission.id, user, blog, None)
        draft = _lock(submission.id, blog) or Draft(id=submission.id, user=user, blog=blog)
        if Post.objects.filter(pk=submission.id).exists():
            raise PostIdTakenError(submission.id)
        is_repeated = draft.state == DraftState.SUBMITTED and post_form_from_draft(draft.form_data) == form_data
        if not is_repeated:
            draft.form_data, draft.saved_at, draft.writer, draft.turn = form_data.as_draft(), now, "", 0
            _set_state(draft, DraftState.SUBMITTED, PostActKind.SUBMITTED, user, now)
    return draft


def take_back(draft_id: UUID, *, user: User, blog: LiveBlog, now: datetime) -> Draft:
    """Turn the author's own submitted text into a draft again.

    Raises:
        SubmissionGoneError: if it is not submitted, or another person's.
    """
    with transaction.atomic():
        draft = _lock_submitted(draft_id, blog)
        if draft.user_id != user.pk:
            raise SubmissionGoneError
        _set_state(draft, DraftState.WRITING, PostActKind.TAKEN_BACK, user, now)
    return draft


def approve_post(
    draft_id: UUID,
    form_data: PostFormData,
    *,
    read: str,
    user: User,
    blog: LiveBlog,
    now: datetime,
    into_ended: bool = False,
) -> tuple[Post, bool]:
    """Publish a submitted post with the editor's changes, once; return the post, and False if it was published before.

    Args:
        draft_id: the submitted draft, whose id becomes that of the post.
        form_data: the text with the editor's changes.
        read: `text_digest` of the text that the editor read.
        user: the editor.
        blog: the live blog.
        now: the time.
        into_ended: True if the editor confirmed that they post into ended coverage.

    Raises:
        NotPermittedError: if the person is no editor here.
        SubmissionChangedError, SubmissionGoneError: if the text was changed, returned or taken back meanwhile.
        CoverageEndedError, InvalidContentError: see `publish_as`.
    """
    with transaction.atomic():
        check_permission(user, "approve", blog.pk)
        draft = _lock(draft_id, blog)
        if draft is None and (post := Post.objects.filter(pk=draft_id, blog=blog).first()):
            return post, False
        draft = _require_submitted(draft)
        _edit(draft, form_data, read, user, now)
        _record(draft, PostActKind.APPROVED, user, now)
        text = post_form_from_draft(draft.form_data)
        post = publish_as(user, blog, draft.pk, text, now=now, permission="approve", into_ended=into_ended)
        draft.delete()
    return post, True


def save_submitted(
    draft_id: UUID, form_data: PostFormData, *, read: str, user: User, blog: LiveBlog, now: datetime
) -> Draft:
    """Save an editor's changes to a submitted post, which stays submitted and its author's.

    Raises:
        NotPermittedError, SubmissionChangedError, SubmissionGoneError: as `approve_post`.
    """
    with transaction.atomic():
        check_permission(user, "approve", blog.pk)
        draft = _lock_submitted(draft_id, blog)
        _edit(draft, form_data, read, user, now)
    return draft


def return_post(draft_id: UUID, note: str, *, read: str, user: User, blog: LiveBlog, now: datetime) -> Draft:
    """Return a submitted post to its author with a note.

    Raises:
        InvalidContentError: if the note is empty.
        NotPermittedError, SubmissionChangedError, SubmissionGoneError: as `approve_post`.
    """
    if not (note := clean_text(note)):
        raise InvalidContentError("note", _("Say what is missing: the author reads it with the text."))
    with transaction.atomic():
        check_permission(user, "approve", blog.pk)
        draft = _lock_submitted(draft_id, blog)
        if draft.text_digest != read:
            raise SubmissionChangedError
        _set_state(draft, DraftState.RETURNED, PostActKind.RETURNED, user, now, note)
    return draft


def find_submitted(user: User, blog: LiveBlog, *, is_editor: bool) -> list[Draft]:
    """Return the submitted posts of a live blog, the oldest first: all for an editor, else the person's own."""
    drafts = Draft.objects.filter(blog=blog, state=DraftState.SUBMITTED).select_related("user").order_by("state_at")
    return list(drafts if is_editor else drafts.filter(user=user))


def _with_byline(form_data: PostFormData, author: User) -> PostFormData:
    return form_data if form_data.bylines.strip(" ,") else replace(form_data, bylines=default_byline(author))


def _edit(draft: Draft, form_data: PostFormData, read: str, user: User, now: datetime) -> None:
    """Store the editor's changes. An empty byline stays the author's."""
    if draft.text_digest != read:
        raise SubmissionChangedError
    form_data = _with_byline(form_data, draft.user)
    stored, content = post_form_from_draft(draft.form_data), form_data.content.validate()
    if (content, form_data.labels) != (stored.content.validate(), stored.labels):
        draft.form_data, draft.saved_at = form_data.as_draft(), now
        draft.save()
        _record(draft, PostActKind.EDITED, user, now)


def _set_state(draft: Draft, state: DraftState, kind: PostActKind, user: User, now: datetime, note: str = "") -> None:
    draft.state, draft.state_at, draft.state_by, draft.state_note = state, now, user.username, note
    draft.save()
    _record(draft, kind, user, now, note)


def _record(draft: Draft, kind: PostActKind, user: User, now: datetime, note: str = "") -> None:
    record_post_act(kind, draft.pk, draft.blog, draft.title, by=user.username, now=now, note=note)


def _lock(draft_id: UUID, blog: LiveBlog) -> Draft | None:
    return Draft.objects.select_for_update().filter(pk=draft_id, blog=blog, post=None).first()


def _require_submitted(draft: Draft | None) -> Draft:
    if draft is None or draft.state != DraftState.SUBMITTED:
        raise SubmissionGoneError
    return draft


def _lock_submitted(draft_id: UUID, blog: LiveBlog) -> Draft:
    return _require_submitted(_lock(draft_id, blog))
