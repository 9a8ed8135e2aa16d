"""Scheduled posts: the clock of the live blog, changes, cancelling, and what is checked when a post goes out."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stoppress.coverage.actions import set_state
from stoppress.coverage.choices import BlogState
from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.desk.access.audit_log import Actor
from stoppress.desk.access.people import create_user, disable_user
from stoppress.desk.access.seats import set_seat
from stoppress.desk.forms.local_time import parse_local_time
from stoppress.desk.models import Draft
from stoppress.desk.scheduled_posts import publish_due_posts
from stoppress.runtime.clock import utc_now
from stoppress.service.scheduler.due_posts import DuePosts
from tests.support.clocks import Clock

DESK = "/desk/live/storm-maren"
POST = UUID("00000000-0000-4000-8000-000000000012")
TEXT = {"id": str(POST), "headline": "What to take with you", "body": "<p>Water.</p>", "bylines": "Tom Reyer"}
SUMMER = "2099-07-01T20:30"  # London is an hour ahead of UTC
SUMMER_UTC = datetime(2099, 7, 1, 19, 30, tzinfo=UTC)


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def tom(blog: LiveBlog) -> User:
    return create_user("tom", "correct-horse-9", "reporter", display="Tom Reyer")


@pytest.fixture
def reporter(tom: User) -> Client:
    return log_in(tom)


@pytest.fixture
def editor(blog: LiveBlog) -> Client:
    return log_in(create_user("ines", "correct-horse-9", "editor", display="Ines Okafor"))


@pytest.fixture
def scheduled(reporter: Client) -> Draft:
    answer = reporter.post(f"{DESK}/schedule", TEXT | {"publish_at": SUMMER}, follow=True)
    assert "goes out at 20:30 BST, 1 July 2099" in answer.content.decode()
    return Draft.objects.get(pk=POST)


def change(client: Client, draft: Draft, **more: str) -> Any:
    data = TEXT | {"publish_at": SUMMER, "read": draft.text_digest} | more
    return client.post(f"{DESK}/scheduled/{POST}/change", data, follow=True)


def test_scheduled_post_goes_out_at_its_time_and_once(scheduled, editor: Client) -> None:
    assert publish_due_posts(SUMMER_UTC - timedelta(milliseconds=1)) == 0
    assert publish_due_posts(SUMMER_UTC) == 1 and publish_due_posts(SUMMER_UTC) == 0
    post = Post.objects.get()
    assert post.pk == POST and post.published_at == SUMMER_UTC
    assert post.revision is not None and post.revision.made_by == "tom"
    assert not Draft.objects.exists()
    history = editor.get(f"{DESK}/posts/{POST}/history").content.decode()
    assert "<b>Scheduled</b> by Tom Reyer" in history and "<b>Published</b> by Tom Reyer" in history


def test_overdue_posts_go_out_at_once_in_the_order_of_their_times(reporter: Client, scheduled) -> None:
    earlier = "00000000-0000-4000-8000-000000000013"
    reporter.post(f"{DESK}/schedule", TEXT | {"id": earlier, "publish_at": "2099-06-30T08:00"})
    assert publish_due_posts(SUMMER_UTC + timedelta(days=3)) == 2
    assert [str(post.pk) for post in Post.objects.order_by("position")] == [earlier, str(POST)]


def test_repeated_form_schedules_once(scheduled, reporter: Client, editor: Client) -> None:
    assert reporter.post(f"{DESK}/schedule", TEXT | {"publish_at": SUMMER}).status_code == 302
    assert editor.get(f"{DESK}/log").content.decode().count("Scheduled") == 1


def test_time_and_text_can_be_changed(scheduled, reporter: Client, editor: Client) -> None:
    page = reporter.get(f"{DESK}/scheduled/{POST}").content.decode()
    assert f'value="{SUMMER}"' in page and "Water." in page
    assert "goes out at" in reporter.get(DESK).content.decode()
    change(editor, scheduled, body="<p>Water and bread.</p>", publish_at="2099-07-01T21:30")
    assert publish_due_posts(SUMMER_UTC) == 0 and publish_due_posts(SUMMER_UTC + timedelta(hours=1)) == 1
    assert Post.objects.get().revision.body == "<p>Water and bread.</p>"


def test_change_of_an_outdated_text_is_refused_and_kept(scheduled, reporter: Client, editor: Client) -> None:
    change(editor, scheduled, body="<p>Water and bread.</p>")
    answer = change(reporter, scheduled, body="<p>Only milk.</p>")
    assert answer.status_code == 409 and "Only milk." in answer.content.decode()
    assert Draft.objects.get().form_data["body"] == "<p>Water and bread.</p>"


def test_cancelled_post_is_a_draft_again(scheduled, reporter: Client) -> None:
    answer = reporter.post(f"{DESK}/scheduled/{POST}/cancel", follow=True)
    assert "is a draft again" in answer.content.decode() and "Water." in answer.content.decode()
    assert publish_due_posts(SUMMER_UTC) == 0 and not Post.objects.exists()


def test_another_reporter_neither_sees_nor_changes_a_scheduled_post(scheduled) -> None:
    other = log_in(create_user("otto", "correct-horse-9", "reporter"))
    assert "What to take" not in other.get(DESK).content.decode()
    assert other.get(f"{DESK}/scheduled/{POST}").status_code == 404
    assert change(other, scheduled, body="<p>No.</p>").status_code in (403, 404)
    assert other.post(f"{DESK}/scheduled/{POST}/cancel").status_code == 403
    assert Draft.objects.get().text_digest == scheduled.text_digest and publish_due_posts(SUMMER_UTC) == 1


def test_contributor_cannot_schedule(blog: LiveBlog) -> None:
    client = log_in(create_user("lena", "correct-horse-9", "contributor"))
    assert client.post(f"{DESK}/schedule", TEXT | {"publish_at": SUMMER}).status_code == 403
    assert not Draft.objects.exists()


@pytest.mark.parametrize("loss", ["disabled", "contributor"])
def test_post_of_a_person_without_permission_stays_a_draft_and_is_reported(
    scheduled, tom: User, editor: Client, clock: Clock, loss: str
) -> None:
    if loss == "disabled":
        disable_user(tom, by=Actor("ines"), now=clock())
    else:
        set_seat(tom, "contributor", None, by=Actor("ines"), now=clock())
    assert publish_due_posts(SUMMER_UTC) == 0 and not Post.objects.exists()
    assert Draft.objects.get().state == "failed"
    page = editor.get(DESK).content.decode()
    assert "What to take with you" in page and "did not go out" in page and "Reporter" in page
    assert "Did not go out at its time" in editor.get(f"{DESK}/log").content.decode()
    change(editor, Draft.objects.get())
    assert publish_due_posts(SUMMER_UTC) == 1


def test_post_does_not_go_out_after_coverage_has_ended(scheduled, clock: Clock) -> None:
    set_state("storm-maren", BlogState.ENDED, by="ines", now=clock())
    assert publish_due_posts(SUMMER_UTC) == 0
    assert Draft.objects.get().state == "failed"


def test_schedule_into_ended_coverage_is_confirmed_first(reporter: Client, clock: Clock) -> None:
    set_state("storm-maren", BlogState.ENDED, by="ines", now=clock())
    answer = reporter.post(f"{DESK}/schedule", TEXT | {"publish_at": SUMMER})
    page = answer.content.decode()
    assert answer.status_code == 409 and 'name="into_ended"' in page and f'value="{SUMMER}"' in page
    assert reporter.post(f"{DESK}/schedule", TEXT | {"publish_at": SUMMER, "into_ended": "1"}).status_code == 302
    assert publish_due_posts(SUMMER_UTC) == 1


@pytest.mark.parametrize(
    ("publish_at", "message"),
    [
        ("", "Choose a date and a time"),
        ("soon", "Choose a date and a time"),
        ("2020-01-01T10:00", "time in the future"),
        ("2099-03-29T01:30", "does not exist"),
        ("2099-10-25T01:30", "happens twice, in BST and in GMT"),
    ],
)
def test_impossible_time_is_refused_and_the_form_kept(reporter: Client, publish_at: str, message: str) -> None:
    answer = reporter.post(f"{DESK}/schedule", TEXT | {"publish_at": publish_at})
    page = answer.content.decode()
    assert answer.status_code == 422 and message in page and "Water." in page
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("text", "zone", "which", "expected"),
    [
        ("2026-10-25T01:30", "Europe/London", "0", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T01:30", "Europe/London", "1", "2026-10-25T01:30:00+00:00"),
        ("2026-03-29T02:30", "Europe/London", "", "2026-03-29T01:30:00+00:00"),
        ("2026-01-15T08:00", "America/New_York", "", "2026-01-15T13:00:00+00:00"),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "1", "2026-04-04T15:15:00+00:00"),
    ],
)
def test_local_time_is_converted(text: str, zone: str, which: str, expected: str) -> None:
    assert parse_local_time(text, ZoneInfo(zone), which).isoformat() == expected


@pytest.mark.parametrize("text", ["2026-03-29T01:30", "2026-03-29T01:00", "0001-01-01T00:00", "9999-12-31T23:59:59.9"])
def test_local_time_that_does_not_exist_is_refused(text: str) -> None:
    try:
        moment = parse_local_time(text, ZoneInfo("Europe/London"))
    except InvalidContentError:
        return
    assert not text.startswith("2026") and moment.tzinfo is not None


@pytest.mark.django_db(transaction=True)
def test_thread_publishes_at_the_time(scheduled) -> None:
    due = utc_now() + timedelta(seconds=0.5)
    Draft.objects.update(publish_at=due)
    thread = DuePosts(lambda: True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not Post.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        thread.stop()
    late = (Post.objects.get().published_at - due).total_seconds()
    print(f"late by {late:.3f} s")
    assert 0 <= late < 10
