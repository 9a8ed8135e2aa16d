"""Concurrent writers: the log has no gaps, no save is lost, and a stale save is refused."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections

from stoppress.coverage import actions
from stoppress.coverage.errors import StaleBlogHeaderError, StaleRevisionError
from stoppress.coverage.models import Change, LiveBlog, Post, Revision
from stoppress.coverage.post_content import Content
from stoppress.desk.access.people import create_user

pytestmark = pytest.mark.django_db(transaction=True)
SLUG = "storm-maren"


def run_concurrently(work, count: int) -> list:  # type: ignore[no-untyped-def, type-arg]
    """Run `work(number)` in `count` threads; return what each call returned or raised."""

    def run(number: int) -> object:
        try:
            return work(number)
        except Exception as error:  # noqa: BLE001  the caller inspects every error
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_log_has_no_gaps_when_six_writers_publish_at_once(blog, clock):
    now = clock.tick()
    results = run_concurrently(
        lambda number: [
            actions.publish(SLUG, Content(headline=f"{number}-{turn}"), by=f"desk {number}", now=now)
            for turn in range(10)
        ],
        6,
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert list(Change.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 62))
    assert len(set(Post.objects.values_list("position", flat=True))) == 60


def test_update_succeeds_once_when_editors_started_from_the_same_revision(blog, clock):
    post = actions.publish(SLUG, Content(headline="Ferry waits"), by="tom", now=clock.tick())
    now = clock.tick()
    results = run_concurrently(
        lambda number: actions.update(
            SLUG, post.pk, Content(headline=f"Version {number}"), by=f"desk {number}", now=now, based_on=1
        ),
        4,
    )
    refused = [result for result in results if isinstance(result, StaleRevisionError)]
    assert len(refused) == 3 and Revision.objects.filter(post=post).count() == 2


def test_publish_creates_one_post_when_the_same_request_arrives_concurrently(blog, clock):
    post_id, now = uuid4(), clock.tick()
    content = Content(headline="Ferry waits", body="<p>Nobody is hurt.</p>")
    results = run_concurrently(lambda _: actions.publish(SLUG, content, by="tom", now=now, post_id=post_id), 4)
    assert {result.pk for result in results} == {post_id}
    assert Post.objects.count() == 1 and Change.objects.filter(kind="published").count() == 1


def test_publish_refuses_an_id_when_another_live_blog_takes_it_concurrently(blog, clock):
    actions.open_blog(slug="other", headline="Other", zone="UTC", by="ines", now=clock())
    for _ in range(10):
        post_id = uuid4()
        results = run_concurrently(
            lambda number, post_id=post_id: actions.publish(
                ("other", SLUG)[number], Content("Alarm"), by="tom", now=clock(), post_id=post_id
            ),
            2,
        )
        assert sorted(type(result).__name__ for result in results) == ["Post", "PostIdTakenError"]


def test_edit_blog_refuses_a_stale_header(blog, clock):
    header = {"standfirst": "", "zone": "Europe/London", "based_on": blog.header_version}
    actions.edit_blog(SLUG, headline="The wall holds", by="tom", now=clock.tick(), **header)
    with pytest.raises(StaleBlogHeaderError, match="The wall holds"):
        actions.edit_blog(SLUG, headline="The wall fails", by="ines", now=clock.tick(), **header)
    assert LiveBlog.objects.get(slug=SLUG).headline == "The wall holds"


def test_desk_shows_both_versions_when_the_header_is_stale(blog, clock, client):
    create_user("lena", "the-tide-has-turned", "editor")
    client.login(username="lena", password="the-tide-has-turned")
    form = {"headline": "Mine", "standfirst": "My words", "zone": "Europe/London", "based_on": blog.header_version}
    actions.edit_blog(SLUG, headline="Theirs", standfirst="", zone="Europe/London", by="tom", now=clock.tick())
    answer = client.post(f"/desk/live/{SLUG}/edit", form)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Theirs" in page and "My words" in page
    again = LiveBlog.objects.get(slug=SLUG).header_version
    assert client.post(f"/desk/live/{SLUG}/edit", form | {"based_on": again}).status_code == 302
    assert LiveBlog.objects.get(slug=SLUG).headline == "Mine"
