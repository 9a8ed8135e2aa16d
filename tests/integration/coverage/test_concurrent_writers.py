"""Two desks at once: numbers without a gap, no save lost, and the later of two stale saves refused."""

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


def together(work, count: int) -> list:  # type: ignore[no-untyped-def, type-arg]
    """Run `work(number)` in as many threads as there are numbers; what each returned or raised."""

    def one(number: int) -> object:
        try:
            return work(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_writers_at_once_leave_a_log_without_gaps(blog, clock):
    now = clock.tick()
    results = together(
        lambda number: [
            actions.publish(SLUG, Content(headline=f"{number}-{turn}"), by=f"desk {number}", now=now)
            for turn in range(10)
        ],
        6,
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert list(Change.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 62))
    assert len(set(Post.objects.values_list("position", flat=True))) == 60


def test_of_two_editors_of_one_revision_only_the_first_saves(blog, clock):
    post = actions.publish(SLUG, Content(headline="Ferry waits"), by="tom", now=clock.tick())
    now = clock.tick()
    results = together(
        lambda number: actions.update(
            SLUG, post.pk, Content(headline=f"Version {number}"), by=f"desk {number}", now=now, based_on=1
        ),
        4,
    )
    refused = [result for result in results if isinstance(result, StaleRevisionError)]
    assert len(refused) == 3 and Revision.objects.filter(post=post).count() == 2


def test_the_same_post_sent_by_two_at_once_is_one_post(blog, clock):
    post_id, now = uuid4(), clock.tick()
    content = Content(headline="Ferry waits", body="<p>Nobody is hurt.</p>")
    results = together(lambda _: actions.publish(SLUG, content, by="tom", now=now, post_id=post_id), 4)
    assert {result.pk for result in results} == {post_id}
    assert Post.objects.count() == 1 and Change.objects.filter(kind="published").count() == 1


def test_an_id_sent_to_two_live_blogs_at_once_belongs_to_one_of_them(blog, clock):
    actions.open_blog(slug="other", headline="Other", zone="UTC", by="ines", now=clock())
    for _ in range(10):
        sent = uuid4()
        results = together(
            lambda number, sent=sent: actions.publish(
                ("other", SLUG)[number], Content("Alarm"), by="tom", now=clock(), post_id=sent
            ),
            2,
        )
        assert sorted(type(result).__name__ for result in results) == ["IdTaken", "Post"]


def test_the_later_of_two_editors_of_the_head_is_told_and_overwrites_nothing(blog, clock):
    head = {"standfirst": "", "zone": "Europe/London", "based_on": blog.header_version}
    actions.edit_blog(SLUG, headline="The wall holds", by="tom", now=clock.tick(), **head)
    with pytest.raises(StaleBlogHeaderError, match="The wall holds"):
        actions.edit_blog(SLUG, headline="The wall fails", by="ines", now=clock.tick(), **head)
    assert LiveBlog.objects.get(slug=SLUG).headline == "The wall holds"


def test_the_desk_shows_what_was_saved_in_between_and_keeps_what_was_written(blog, clock, client):
    create_user("lena", "the-tide-has-turned", "editor")
    client.login(username="lena", password="the-tide-has-turned")
    form = {"headline": "Mine", "standfirst": "My words", "zone": "Europe/London", "based_on": blog.header_version}
    actions.edit_blog(SLUG, headline="Theirs", standfirst="", zone="Europe/London", by="tom", now=clock.tick())
    answer = client.post(f"/desk/live/{SLUG}/head", form)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Theirs" in page and "My words" in page
    again = LiveBlog.objects.get(slug=SLUG).header_version
    assert client.post(f"/desk/live/{SLUG}/head", form | {"based_on": again}).status_code == 302
    assert LiveBlog.objects.get(slug=SLUG).headline == "Mine"
