"""The search of the desk."""

import pytest
from django.test import Client

from stoppress.coverage.actions import open_blog, publish
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import Content
from stoppress.desk.access.people import create_user

SLUG = "storm-maren"


@pytest.fixture
def other(blog: LiveBlog, clock) -> LiveBlog:
    other = open_blog(slug="budget", headline="Harbour budget", zone="UTC", by="ines", now=clock())
    publish(SLUG, Content("Wall at Port Halden", "<p>The <b>sea wall</b> gave way.</p>"), by="ines", now=clock())
    publish("budget", Content("", "<p>Money for the wall.</p>"), by="ines", now=clock())
    return other


def test_posts_of_one_live_blog_are_found_with_links(client: Client, other: LiveBlog) -> None:
    client.force_login(create_user("ines", "correct-horse-9", "reporter"))
    page = client.get(f"/desk/live/{SLUG}/find", {"q": "wall"}).content.decode()
    assert "1 post matches." in page and "Wall at Port Halden" in page and "The sea wall gave way." in page
    assert "Money for the wall" not in page
    assert f'href="/live/{SLUG}/posts/' in page


def test_search_of_all_live_blogs_covers_what_the_person_may_read(client: Client, other: LiveBlog) -> None:
    client.force_login(create_user("ines", "correct-horse-9", "reporter"))
    page = client.get("/desk/find", {"q": "wall"}).content.decode()
    assert "2 posts match." in page and "Harbour budget" in page
    client.force_login(create_user("tom", "correct-horse-9", "admin", blog=other))
    page = client.get("/desk/find", {"q": "wall"}).content.decode()
    assert "1 post matches." in page and "Money for the wall." in page and "Port Halden" not in page


@pytest.mark.parametrize("query", ["", "\x00", "nothing", '" OR *', "<script>alert(1)</script>"])
def test_other_queries_find_nothing_and_are_escaped(client: Client, other: LiveBlog, query: str) -> None:
    client.force_login(create_user("ines", "correct-horse-9", "reporter"))
    answer = client.get("/desk/find", {"q": query})
    assert answer.status_code == 200
    assert "Wall at Port Halden" not in answer.content.decode() and "<script>alert" not in answer.content.decode()
