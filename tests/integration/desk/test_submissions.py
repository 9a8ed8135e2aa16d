"""Posts that contributors submit: approved once, returned with a note, taken back; and what contributors may not do."""

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from stoppress.coverage.actions import set_state
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog, Post
from stoppress.desk import submissions
from stoppress.desk.access.api_tokens import create_token
from stoppress.desk.access.audit_log import Actor
from stoppress.desk.access.people import create_user
from stoppress.desk.access.permissions import NotPermittedError
from stoppress.desk.access.seats import set_seat
from stoppress.desk.forms.composer_form import post_form_from_draft
from stoppress.desk.models import AuditEntry, Draft
from tests.support.clocks import Clock

DESK = "/desk/live/storm-maren"
POST = UUID("00000000-0000-4000-8000-000000000011")
TEXT = {"id": str(POST), "headline": "The quay moved", "body": "<p>A witness saw it.</p>", "bylines": "Lena Voss"}


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lena(blog: LiveBlog) -> User:
    return create_user("lena", "correct-horse-9", "contributor", display="Lena Voss")


@pytest.fixture
def ines(blog: LiveBlog) -> User:
    return create_user("ines", "correct-horse-9", "editor", display="Ines Okafor")


@pytest.fixture
def contributor(lena: User) -> Client:
    return log_in(lena)


@pytest.fixture
def editor(ines: User) -> Client:
    return log_in(ines)


@pytest.fixture
def submitted(contributor: Client) -> Draft:
    contributor.post(f"{DESK}/submit", TEXT)
    return Draft.objects.get(pk=POST)


def decide(client: Client, act: str, draft: Draft, **more: str) -> Any:
    return client.post(f"{DESK}/submitted/{POST}/{act}", TEXT | {"read": draft.text_digest} | more, follow=True)


def test_contributor_cannot_publish_and_the_refusal_is_in_the_audit_log(contributor: Client) -> None:
    assert contributor.post(DESK, TEXT).status_code == 403
    assert not Post.objects.exists()
    assert AuditEntry.objects.filter(actor="lena", act="permission_refused", target=DESK).exists()


def test_submitted_post_is_approved_under_the_byline_of_the_contributor(submitted, editor: Client) -> None:
    assert "The quay moved" in editor.get(DESK).content.decode()
    page = editor.get(f"{DESK}/submitted/{POST}").content.decode()
    assert "Submitted by Lena Voss" in page and submitted.text_digest in page
    assert "Published." in decide(editor, "approve", submitted).content.decode()
    post = Post.objects.get()
    assert post.pk == POST and post.revision is not None and post.revision.bylines == ["Lena Voss"]
    assert not Draft.objects.exists()
    history = editor.get(f"{DESK}/posts/{POST}/history").content.decode()
    acts = ["<b>Published</b>", "<b>Approved</b> by Ines Okafor", "<b>Submitted for approval</b> by Lena Voss"]
    assert [history.index(act) for act in acts] == sorted(history.index(act) for act in acts)
    log = editor.get(f"{DESK}/log").content.decode()
    assert "Submitted for approval" in log and "Approved" in log


def test_repeated_approval_publishes_once(submitted, editor: Client) -> None:
    decide(editor, "approve", submitted)
    assert "already" in decide(editor, "approve", submitted).content.decode()
    assert Post.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_publish_once(submitted, blog: LiveBlog, ines: User, clock: Clock) -> None:
    tom = create_user("tom", "correct-horse-9", "editor")
    form_data, results = post_form_from_draft(submitted.form_data), []
    start = threading.Barrier(2)

    def approve(user: User) -> None:
        start.wait()
        read = submitted.text_digest
        results.append(submissions.approve_post(POST, form_data, read=read, user=user, blog=blog, now=clock())[1])
        connection.close()

    threads = [threading.Thread(target=approve, args=(user,)) for user in (ines, tom)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True] and Post.objects.count() == 1


def test_returned_post_comes_back_with_the_note_and_can_be_submitted_again(
    submitted, editor: Client, contributor: Client
) -> None:
    decide(editor, "return", submitted, return_note="Who is the witness?")
    assert "No post waits for approval" in editor.get(DESK).content.decode()
    page = contributor.get(DESK).content.decode()
    assert "Returned by Ines Okafor" in page and "Who is the witness?" in page and "The quay moved" in page
    assert decide(editor, "approve", submitted).status_code == 200 and not Post.objects.exists()
    contributor.post(f"{DESK}/submit", TEXT | {"body": "<p>Ann Lie saw it.</p>"})
    assert decide(editor, "approve", Draft.objects.get()).status_code == 200
    assert Post.objects.get().revision.body == "<p>A witness saw it.</p>"  # the editor's form is what is published


def test_return_without_a_note_is_refused(submitted, editor: Client) -> None:
    assert decide(editor, "return", submitted, return_note=" ").status_code == 422
    assert Draft.objects.get().state == "submitted"


@pytest.mark.parametrize("act", ["approve", "save", "return"])
def test_decision_about_an_outdated_text_is_refused(submitted, editor: Client, contributor: Client, act: str) -> None:
    contributor.post(f"{DESK}/submitted/{POST}/take-back")
    contributor.post(f"{DESK}/submit", TEXT | {"body": "<p>Two witnesses saw it.</p>"})
    answer = decide(editor, act, submitted, return_note="No.")
    assert answer.status_code == 409 and "Two witnesses" in answer.content.decode()
    assert not Post.objects.exists() and Draft.objects.get().state == "submitted"


def test_edit_before_approval_keeps_author_and_byline(submitted, editor: Client, contributor: Client) -> None:
    answer = decide(editor, "save", submitted, headline="The quay has moved", bylines="")
    assert "still waits" in answer.content.decode()
    draft = Draft.objects.get()
    assert draft.user.username == "lena" and draft.form_data["bylines"] == "Lena Voss"
    assert "The quay has moved" in contributor.get(f"{DESK}/submitted/{POST}").content.decode()
    decide(editor, "approve", draft, headline="The quay has moved")
    assert Post.objects.get().revision.bylines == ["Lena Voss"]
    assert "Edited before approval" in editor.get(f"{DESK}/posts/{POST}/history").content.decode()


def test_late_autosave_does_not_change_a_submitted_text(submitted, contributor: Client) -> None:
    late = TEXT | {"body": "<p>Half a sen</p>", "writer": str(uuid4()), "turn": "3", "replaces": ""}
    answer = contributor.post(f"{DESK}/drafts", late)
    assert answer.status_code == 409 and answer.json()["type"].endswith("draft-changed")
    assert Draft.objects.get().text_digest == submitted.text_digest
    contributor.post(f"{DESK}/drafts/{POST}/discard")
    assert Draft.objects.exists()


def test_repeated_submission_is_one(submitted, contributor: Client, editor: Client) -> None:
    contributor.post(f"{DESK}/submit", TEXT)
    decide(editor, "approve", submitted)
    history = editor.get(f"{DESK}/posts/{POST}/history").content.decode()
    assert history.count("Submitted for approval") == 1
    answer = contributor.post(f"{DESK}/submit", TEXT | {"body": "<p>More.</p>"})
    assert answer.status_code == 409 and "More." in answer.content.decode()
    assert answer.context["composer"].id != POST


def test_other_contributor_sees_no_submitted_post(submitted) -> None:
    other = log_in(create_user("otto", "correct-horse-9", "contributor"))
    assert "The quay moved" not in other.get(DESK).content.decode()
    assert other.get(f"{DESK}/submitted/{POST}")["Location"] == DESK
    other.post(f"{DESK}/submitted/{POST}/take-back")
    assert Draft.objects.get().state == "submitted"


@pytest.mark.parametrize("role", ["contributor", "reporter"])
def test_action_refuses_people_below_the_editor(submitted, blog: LiveBlog, clock: Clock, role: str) -> None:
    user = create_user("otto", "correct-horse-9", role)
    text, given = post_form_from_draft(submitted.form_data), {"read": submitted.text_digest, "now": clock()}
    with pytest.raises(NotPermittedError):
        submissions.approve_post(POST, text, user=user, blog=blog, **given)
    with pytest.raises(NotPermittedError):
        submissions.save_submitted(POST, text, user=user, blog=blog, **given)
    with pytest.raises(NotPermittedError):
        submissions.return_post(POST, "No.", user=user, blog=blog, **given)


def test_disabled_editor_approves_nothing(submitted, blog: LiveBlog, ines: User, clock: Clock) -> None:
    ines.is_active = False
    ines.save()
    text = post_form_from_draft(submitted.form_data)
    with pytest.raises(NotPermittedError):
        submissions.approve_post(POST, text, read=submitted.text_digest, user=ines, blog=blog, now=clock())


def test_approval_into_ended_coverage_asks_first(submitted, editor: Client, clock: Clock) -> None:
    set_state("storm-maren", BlogState.ENDED, by="ines", now=clock())
    answer = decide(editor, "approve", submitted)
    assert answer.status_code == 409 and "This coverage has ended" in answer.content.decode()
    assert not Post.objects.exists()
    decide(editor, "approve", submitted, into_ended="1")
    assert Post.objects.count() == 1


def test_post_into_ended_coverage_asks_first_and_keeps_the_form(editor: Client, clock: Clock) -> None:
    set_state("storm-maren", BlogState.ENDED, by="ines", now=clock())
    answer = editor.post(DESK, TEXT)
    page = answer.content.decode()
    assert answer.status_code == 409 and "A witness saw it." in page and 'name="into_ended"' in page
    assert not Post.objects.exists()
    assert editor.post(DESK, TEXT | {"into_ended": "1"}).status_code == 302
    assert editor.post(DESK, TEXT).status_code == 302  # a retry of what is published
    assert Post.objects.count() == 1


def test_token_of_a_contributor_cannot_publish(blog: LiveBlog, lena: User, client: Client, clock: Clock) -> None:
    headers = {"Authorization": f"Bearer {create_token('lena laptop', owner=lena)}"}
    path, text = "/api/v1/live/storm-maren/posts", {"headline": "New"}
    answer = client.post(path, text, content_type="application/json", headers=headers)
    assert answer.status_code == 403 and answer.json()["type"].endswith("role-missing")
    assert "Reporter" in answer.json()["detail"] and not Post.objects.exists()
    assert client.get(path, headers=headers).status_code == 200
    set_seat(lena, "reporter", None, by=Actor("ines"), now=clock())
    assert client.post(path, text, content_type="application/json", headers=headers).status_code == 201
