"""Posts that go out at a chosen time: schedule, change, cancel, and publish what is due.

    writing ──schedule──► scheduled ──at its time──► post, once
       ▲                   │     │
       └──────cancel───────┘     └──not permitted, or coverage has ended──► failed: a draft with the reason

The permission of the person who scheduled the post is checked again at its time.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.coverage.errors import CoverageError, InvalidContentError, PostIdTakenError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.desk.access.permissions import NotPermittedError, check_permission, find_grants, is_allowed
from stoppress.desk.drafts import EDITABLE_STATES, check_draft_id
from stoppress.desk.forms.composer_form import ComposerSubmission, post_form_from_draft
from stoppress.desk.models import Draft, DraftState, PostActKind
from stoppress.desk.posting import CoverageEndedError, check_ongoing, publish_as, record_post_act
from stoppress.desk.submissions import SubmissionChangedError, SubmissionGoneError

log = logging.getLogger(__name__)

SHOWN_STATES = (DraftState.SCHEDULED, DraftState.FAILED)


def schedule_post(
    submission: ComposerSubmission,
    at: datetime,
    *,
    user: User,
    blog: LiveBlog,
    now: datetime,
    read: str = "",
    into_ended: bool = False,
) -> Draft:
    """Schedule a text, or change text and time of a scheduled post.

    Args:
        submission: the composer.
        at: the time of publication.
        user: the person; their permission is checked again at that time.
        blog: the live blog.
        now: the time.
        read: `text_digest` of the scheduled text that the person changes; empty for a draft.
        into_ended: True if the person confirmed that they post into ended coverage.

    Raises:
        NotPermittedError: if the person may not publish, or changes another person's post and is no editor.
        InvalidContentError: if the text cannot be published or the time has passed.
        CoverageEndedError: if coverage has ended and `into_ended` is False.
        DraftIdTakenError, PostIdTakenError: if the id belongs to another text, or the post is published already.
        SubmissionChangedError, SubmissionGoneError: if the text changed after it was read, or waits for approval.
    """
    submission.raise_upload_error()
    submission.form_data.content.validate()
    if at <= now:
        raise InvalidContentError("publish_at", _("Choose a time in the future."))
    with transaction.atomic():
        check_permission(user, "write", blog.pk)
        check_ongoing(blog, into_ended=into_ended)
        if Post.objects.filter(pk=submission.id).exists():
            raise PostIdTakenError(submission.id)
        draft = _lock(submission.id, blog)
        if draft is None or draft.user_id == user.pk:
            check_draft_id(submission.id, user, blog, None)
        else:
            check_permission(user, "approve", blog.pk)
        draft = draft or Draft(id=submission.id, user=user, blog=blog)
        is_same_text = draft.form_data is not None and post_form_from_draft(draft.form_data) == submission.form_data
        if draft.state == DraftState.SCHEDULED and is_same_text and draft.publish_at == at:
            return draft
        _check_unchanged(draft, read)
        draft.form_data, draft.saved_at, draft.writer, draft.turn = submission.form_data.as_draft(), now, "", 0
        draft.publish_at, draft.into_ended = at, into_ended
        when = f"{at.astimezone(blog.tz):%Y-%m-%d %H:%M %Z}"
        _set_state(draft, DraftState.SCHEDULED, PostActKind.SCHEDULED, user.username, now, when)
    return draft


def cancel_scheduled(draft_id: UUID, *, user: User, blog: LiveBlog, now: datetime) -> Draft:
    """Turn a scheduled post into a draft of its author again.

    Raises:
        NotPermittedError: if it is another person's and the person is no editor.
        SubmissionGoneError: if it is not scheduled.
    """
    with transaction.atomic():
        check_permission(user, "write", blog.pk)
        draft = _lock(draft_id, blog)
        if draft is None or draft.state not in SHOWN_STATES:
            raise SubmissionGoneError
        if draft.user_id != user.pk:
            check_permission(user, "approve", blog.pk)
        draft.publish_at = None
        _set_state(draft, DraftState.WRITING, PostActKind.CANCELLED, user.username, now)
    return draft


def find_scheduled(user: User, blog: LiveBlog, *, is_editor: bool) -> list[Draft]:
    """Return the scheduled and failed posts of a live blog by their time: all for an editor, else the person's own."""
    drafts = Draft.objects.filter(blog=blog, state__in=SHOWN_STATES).select_related("user").order_by("publish_at")
    return list(drafts if is_editor else drafts.filter(user=user))


def publish_due_posts(now: datetime) -> int:
    """Publish the scheduled posts whose time has come, overdue ones at once; return how many went out."""
    due = Draft.objects.filter(state=DraftState.SCHEDULED, publish_at__lte=now).order_by("publish_at")
    return sum(_publish_due(draft_id, now) for draft_id in list(due.values_list("pk", flat=True)))


def _publish_due(draft_id: UUID, now: datetime) -> bool:
    """Publish one scheduled post unless it was changed meanwhile; a refusal leaves it as a draft with the reason."""
    with transaction.atomic():
        due = Draft.objects.select_for_update().filter(pk=draft_id, state=DraftState.SCHEDULED, publish_at__lte=now)
        draft = due.first()
        if draft is None:
            return False
        user = User.objects.filter(username=draft.state_by).first() or draft.user
        try:
            with transaction.atomic():
                text = post_form_from_draft(draft.form_data)
                publish_as(user, draft.blog, draft.pk, text, now=now, into_ended=draft.into_ended)
        except (NotPermittedError, CoverageEndedError, CoverageError) as error:
            log.error("scheduled post %s of %s not published: %s", draft.pk, user.username, error)
            _set_state(draft, DraftState.FAILED, PostActKind.FAILED, user.username, now, str(error))
            return False
        draft.delete()
    return True


def _check_unchanged(draft: Draft, read: str) -> None:
    if draft.state == DraftState.SUBMITTED:
        raise SubmissionGoneError
    is_own_draft = draft.state in EDITABLE_STATES and not read
    if not is_own_draft and draft.text_digest != read:
        raise SubmissionChangedError


def _set_state(draft: Draft, state: DraftState, kind: PostActKind, by: str, now: datetime, note: str = "") -> None:
    draft.state, draft.state_at, draft.state_by = state, now, by
    draft.state_note = note if state == DraftState.FAILED else ""
    draft.save()
    record_post_act(kind, draft.pk, draft.blog, draft.title, by=by, now=now, note=note)


def _lock(draft_id: UUID, blog: LiveBlog) -> Draft | None:
    return Draft.objects.select_for_update().filter(pk=draft_id, blog=blog, post=None).first()


def may_change(draft: Draft, user: User) -> bool:
    """Return True if the person may change or cancel this scheduled post."""
    return draft.user_id == user.pk or is_allowed(find_grants(user), "approve", draft.blog_id)
