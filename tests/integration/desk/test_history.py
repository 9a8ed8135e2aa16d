"""The history of a post with its older revisions, and the log of a live blog."""

import csv
import io

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stoppress.coverage.actions import correct, mark_key_event, pin, publish, set_state, update, withdraw
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog, Post, Revision
from stoppress.coverage.post_content import Content, Source
from stoppress.desk.access.people import create_user

SLUG = "storm-maren"


@pytest.fixture
def desk(blog: LiveBlog, client: Client) -> Client:
    create_user("lena", "correct-horse-9", "editor", display="Lena Voss")
    client.force_login(create_user("ines", "correct-horse-9", "editor", display="Ines Okafor"))
    return client


@pytest.fixture
def post(blog: LiveBlog, clock) -> Post:
    """Return a post with three revisions, the last one a correction."""
    post = publish(SLUG, Content("Ferry", "<p>There are 412 people on board.</p>"), by="ines", now=clock())
    second = Content("Ferry", "<p>There are 412 people on board.</p>", ("Lena Voss",), (Source("Nordlys Lines"),))
    update(SLUG, post.pk, second, by="lena", now=clock(), based_on=1)
    third = Content("Ferry", "<p>There are 212 people on board.</p>", ("Lena Voss",), (Source("Nordlys Lines"),))
    return correct(SLUG, post.pk, third, note="It said 412.", by="lena", now=clock(), based_on=2)


def page_of(desk: Client, post: Post) -> str:
    return desk.get(f"/desk/live/{SLUG}/posts/{post.pk}/history").content.decode()


def test_history_shows_each_revision_with_person_note_and_differences(desk: Client, post: Post) -> None:
    page = page_of(desk, post)
    assert page.index("Corrected") < page.index("Edited") < page.index("Published</b>")
    assert page.count("Lena Voss") >= 2 and "Ines Okafor" in page
    assert "It said 412." in page
    assert "<del>412</del><ins>212</ins>" in page
    assert "Sources:  <ins>Nordlys Lines</ins>" in page


def test_older_revision_is_published_again_as_a_new_one(desk: Client, post: Post) -> None:
    answer = desk.post(f"/desk/live/{SLUG}/posts/{post.pk}/history", {"revision": "1", "based_on": "3"}, follow=True)
    assert "Version 1 is published again." in answer.content.decode()
    first, *_, last = Revision.objects.filter(post=post).order_by("number").values_list("number", "body", "made_by")
    assert first == (1, "<p>There are 412 people on board.</p>", "ines")
    assert last == (4, "<p>There are 412 people on board.</p>", "ines")
    post.refresh_from_db()
    assert post.revision is not None and post.revision.number == 4


def test_stale_restore_is_refused_and_changes_nothing(desk: Client, post: Post) -> None:
    answer = desk.post(f"/desk/live/{SLUG}/posts/{post.pk}/history", {"revision": "1", "based_on": "2"}, follow=True)
    assert "saved" in answer.content.decode()
    assert Revision.objects.filter(post=post).count() == 3


@pytest.mark.parametrize("fields", [{"revision": "9", "based_on": "3"}, {"revision": "1"}, {"revision": "x"}, {}])
def test_unknown_revision_is_not_found(desk: Client, post: Post, fields: dict[str, str]) -> None:
    assert desk.post(f"/desk/live/{SLUG}/posts/{post.pk}/history", fields).status_code == 404


def test_withdrawn_post_keeps_its_history_and_offers_no_restore(desk: Client, post: Post, clock) -> None:
    withdraw(SLUG, post.pk, note="It was another ship.", by="ines", now=clock())
    page = page_of(desk, post)
    assert "Withdrawn" in page and "It was another ship." in page
    assert "again</button>" not in page
    desk.post(f"/desk/live/{SLUG}/posts/{post.pk}/history", {"revision": "1", "based_on": "3"})
    assert Revision.objects.filter(post=post).count() == 3


def test_log_lists_acts_newest_first_and_filters_by_person(desk: Client, post: Post, clock) -> None:
    pin(SLUG, post.pk, on=True, by="ines", now=clock())
    mark_key_event(SLUG, post.pk, on=True, by="lena", now=clock())
    set_state(SLUG, BlogState.ENDED, by="ines", now=clock())
    page = desk.get(f"/desk/live/{SLUG}/log").content.decode()
    acts = ["State changed", "Marked as key event", "Pinned", "Corrected", "Edited", "Live blog opened"]
    assert [page.index(act) for act in acts] == sorted(page.index(act) for act in acts)
    only = desk.get(f"/desk/live/{SLUG}/log?by=lena").content.decode()
    assert "Marked as key event" in only and "Pinned" not in only and "Live blog opened" not in only
    assert "Nothing was done" in desk.get(f"/desk/live/{SLUG}/log?kind=alerts").content.decode()


def test_log_is_exported_as_csv_without_formulas(desk: Client, blog: LiveBlog, clock) -> None:
    publish(SLUG, Content("=1+1", "<p>Sum.</p>"), by="ines", now=clock())
    answer = desk.get(f"/desk/live/{SLUG}/log?format=csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["at", "by", "name", "act", "subject", "url"]
    assert rows[1][1:5] == ["ines", "Ines Okafor", "Published", "'=1+1"]
    assert len(rows) == 3


def test_log_of_many_acts_at_one_time_has_pages_without_gap_or_repetition(desk: Client, blog: LiveBlog, clock) -> None:
    now = clock()
    for number in range(250):
        publish(SLUG, Content(f"Post {number:03}", "<p>Text.</p>"), by="import", now=now)
    pages = [desk.get(f"/desk/live/{SLUG}/log?page={page}").content.decode() for page in (1, 2)]
    shown = [[f"Post {number:03}" in page for number in range(250)] for page in pages]
    assert [sum(row) for row in shown] == [200, 50]
    assert all(first != second for first, second in zip(*shown, strict=True))
    assert "page=2" in pages[0] and "page=3" not in pages[1]


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5"])
def test_log_refuses_a_page_that_does_not_exist(desk: Client, page: str) -> None:
    assert desk.get(f"/desk/live/{SLUG}/log?page={page}").status_code == 400


def test_reporter_reads_the_log_of_their_own_live_blog_only(client: Client, blog: LiveBlog) -> None:
    reporter: User = create_user("tom", "correct-horse-9", "reporter", blog=blog)
    client.force_login(reporter)
    assert client.get(f"/desk/live/{SLUG}/log").status_code == 200
    assert client.get("/desk/live/other/log").status_code == 404
