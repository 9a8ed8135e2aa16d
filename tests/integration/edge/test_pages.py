"""Readers' pages as served: complete without script, and the same for all readers."""

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from stoppress.coverage.actions import correct, mark_key_event, open_blog, pin, publish, set_state, withdraw
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.post_content import Content, Source
from stoppress.edge.render.pagination import POSTS_PER_PAGE
from tests.support.clocks import Clock

LIVE = "/live/storm-maren"
VOID = {"meta", "link", "img", "input", "br", "hr"}

Write = Callable[..., Post]


@pytest.fixture
def write(blog: LiveBlog, clock: Clock) -> Write:
    """Return a function that publishes a post a minute after the previous one."""

    def publish_one(headline: str = "", text: str = "Rain.", labels: tuple[str, ...] = (), **given: object) -> Post:
        content = Content(headline=headline, body=f"<p>{text}</p>", bylines=("Ines Okafor", "Tom Reyer"))
        return publish(blog.slug, content, by="ines", now=clock.tick(), labels=labels, **given)  # type: ignore[arg-type]

    return publish_one


def html_of(response: HttpResponse) -> str:
    return response.content.decode()


def ids_on(response: HttpResponse) -> list[UUID]:
    return [UUID(post_id) for post_id in re.findall(r'data-post="([^"]+)"', html_of(response))]


def test_page_is_complete_without_script(client: Client, blog: LiveBlog, write: Write, clock: Clock) -> None:
    flood = write("Sea wall fails", "Thirty metres are gone.", labels=("key-event",))
    ferry = write("Ferry with 412 aboard", "It waits outside.")
    cut = write("Hospital without power", "The hospital is dark.")
    source = Content(
        headline="Ferry with 212 aboard", body="<p>It waits.</p>", sources=(Source("Port", "Halden Radio"),)
    )
    correct(blog.slug, ferry.pk, source, note="There are 212.", by="ines", now=clock.tick(), based_on=1)
    withdraw(blog.slug, cut.pk, note="The power never failed.", by="ines", now=clock.tick())
    html = html_of(client.get(LIVE))
    for text in (
        *("Sea wall at Port Halden", "Two thousand people", "Ferries are not running.", "19:00 GMT"),
        *("2 posts", "Sea wall fails", "Thirty metres are gone.", "Key event", "Ferry with 212 aboard"),
        *("Correction, ", "There are 212.", "Source:", "Port, via Halden Radio", "London time"),
        *("This post was withdrawn at", "The power never failed.", "<bdi>Ines Okafor</bdi> and <bdi>Tom Reyer</bdi>"),
        *(f'href="{LIVE}/posts/{flood.pk}"', 'action="/alerts"', 'name="email"', f'id="post-{cut.pk}"'),
    ):
        assert text in html, text
    assert "412" not in html
    assert "hospital is dark" not in html.lower()


def test_posts_are_newest_first_below_the_pinned_one(client: Client, blog: LiveBlog, write: Write) -> None:
    posts = [write(f"Post {number}") for number in range(3)]
    pin(blog.slug, posts[0].pk, on=True, by="ines", now=blog.opened_at)
    assert ids_on(client.get(LIVE)) == [posts[0].pk, posts[2].pk, posts[1].pk]


def test_pages_hold_every_post_once(client: Client, write: Write) -> None:
    posts = [write(f"Post {number}").pk for number in range(2 * POSTS_PER_PAGE + 5)][::-1]
    first = client.get(LIVE)
    assert ids_on(first) == posts[:POSTS_PER_PAGE]
    older = re.search(r'rel="next noopener" href="([^"]+)"', html_of(first))
    assert older
    second = client.get(older[1])
    assert ids_on(second) == posts[POSTS_PER_PAGE : 2 * POSTS_PER_PAGE]
    write("Breaking in between")
    assert ids_on(client.get(older[1])) == posts[POSTS_PER_PAGE : 2 * POSTS_PER_PAGE]
    last = client.get(f"{LIVE}/before/{posts[2 * POSTS_PER_PAGE - 1]}")
    assert ids_on(last) == posts[2 * POSTS_PER_PAGE :]
    assert 'rel="next' not in html_of(last)
    assert f'rel="prev" href="{LIVE}/before/{posts[POSTS_PER_PAGE - 1]}"' in html_of(last)
    assert ids_on(client.get(f"{LIVE}/before/{posts[-1]}")) == []


def test_key_events_of_other_pages_are_listed(client: Client, write: Write) -> None:
    early = write("The first warning", labels=("key-event",))
    for number in range(POSTS_PER_PAGE + 1):
        write(f"Post {number}")
    page = client.get(LIVE)
    assert early.pk not in ids_on(page)
    assert f'data-jump="post-{early.pk}"' in html_of(page)


def test_post_has_a_page_of_its_own(client: Client, write: Write) -> None:
    below, post, above = write("Below"), write("In the middle"), write("Above")
    html = html_of(client.get(f"{LIVE}/posts/{post.pk}"))
    assert f"<title>In the middle | {newsroom().name}</title>" in html
    assert f'<link rel="canonical" href="{newsroom().absolute_url(LIVE)}/posts/{post.pk}">' in html
    assert '<meta property="og:title" content="In the middle">' in html
    assert f'rel="prev" href="{LIVE}/posts/{above.pk}"' in html
    assert ids_on(client.get(f"{LIVE}/posts/{post.pk}")) == [above.pk, post.pk, below.pk]
    assert f'href="{LIVE}"' in html


def test_page_of_a_post_shows_it_first_with_its_neighbours(client: Client, blog: LiveBlog, write: Write) -> None:
    posts = [write(f"Post {number}", text=f"Text {number}.").pk for number in range(12)]
    pin(blog.slug, posts[3], on=True, by="ines", now=blog.opened_at)
    html = html_of(client.get(f"{LIVE}/posts/{posts[6]}"))
    folded, _, rest = html.partition("</details>")
    found = [[UUID(each) for each in re.findall(r'data-post="([^"]+)"', part)] for part in (folded, rest)]
    assert found == [[posts[9], posts[8], posts[7]], [posts[6], posts[5], posts[4], posts[3], posts[2], posts[1]]]
    assert f'rel="next" href="{LIVE}/before/{posts[1]}"' in html
    assert '<meta name="description" content="Text 6.">' in html
    newest = html_of(client.get(f"{LIVE}/posts/{posts[11]}"))
    assert "<details" not in newest.partition("data-posts")[0] and 'rel="prev"' not in newest
    assert 'rel="next"' not in html_of(client.get(f"{LIVE}/posts/{posts[0]}"))


def test_page_of_a_withdrawn_post_is_a_tombstone_with_410(
    client: Client, blog: LiveBlog, write: Write, clock: Clock
) -> None:
    post = write("Hospital without power", "The hospital is dark.")
    withdraw(blog.slug, post.pk, note="The power never failed.", by="ines", now=clock.tick())
    response = client.get(f"{LIVE}/posts/{post.pk}")
    assert response.status_code == 410
    assert "The power never failed." in html_of(response)
    assert "Hospital without power" not in html_of(response)


def test_absolute_addresses_come_from_settings_only(client: Client, write: Write) -> None:
    write("Post")
    html = html_of(client.get(LIVE, headers={"host": "127.0.0.1"}))
    assert f'<link rel="canonical" href="{newsroom().absolute_url(LIVE)}">' in html
    assert "127.0.0.1" not in html


@pytest.mark.parametrize("state", list(BlogState))
def test_state_is_shown_with_its_time(
    client: Client, blog: LiveBlog, write: Write, clock: Clock, state: BlogState
) -> None:
    write("Post")
    set_state(blog.slug, state, by="ines", now=clock.tick(86400))
    html = html_of(client.get(LIVE))
    assert f'data-state="{state}"' in html
    assert str(state.label) in html
    if state != BlogState.LIVE:  # it was live already: nothing changed
        moment = "19:01 GMT, 9 March 2026" if state == BlogState.ENDED else "19:01 GMT"
        joined = "at" if state == BlogState.ENDED else "since"
        assert f'{joined} <time datetime="2026-03-09T19:01:00Z">{moment}</time>' in html


def test_blog_in_another_language_has_lang_attributes(client: Client, db: None, clock: Clock) -> None:
    open_blog(slug="asifa", headline="عاصفة", zone="Asia/Riyadh", language="ar", by="ines", now=clock())
    html = html_of(client.get("/live/asifa"))
    assert '<header class="page-header wrap" lang="ar" dir="rtl">' in html
    assert "UTC+3" in html


def test_live_blog_without_posts_has_a_notice(client: Client, blog: LiveBlog) -> None:
    assert "Nothing has been published yet" in html_of(client.get(LIVE))


@pytest.mark.parametrize(
    "path",
    [
        "/live/nothing",
        f"{LIVE}/posts/{UUID(int=7)}",
        f"{LIVE}/before/{UUID(int=8)}",
        "/live/nothing/posts/x",
        "/newsroom/logo",
    ],
)
def test_unknown_addresses_get_a_404_page(client: Client, blog: LiveBlog, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "<h1>Nothing here</h1>" in html_of(response)


def test_home_page_lists_live_coverage_first_then_by_last_change(client: Client, blog: LiveBlog, clock: Clock) -> None:
    for slug, state in (("ended-early", BlogState.ENDED), ("ended-late", BlogState.ENDED), ("quiet", BlogState.QUIET)):
        open_blog(slug=slug, headline=slug, zone="UTC", by="ines", now=clock.tick(), state=state)
    html = html_of(client.get("/"))
    assert re.findall(r'href="/live/([^"]+)"', html) == ["storm-maren", "quiet", "ended-late", "ended-early"]


def test_home_page_without_live_blogs_has_a_notice(client: Client, db: None) -> None:
    assert "no live coverage yet" in html_of(client.get("/"))


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_hostile_text_is_escaped(client: Client, clock: Clock, db: None) -> None:
    open_blog(slug="hostile", headline=HOSTILE, standfirst=HOSTILE, zone="UTC", by="ines", now=clock())
    content = Content(
        headline=HOSTILE, body=f"<p>Rain {HOSTILE}</p>", bylines=(HOSTILE,), sources=(Source(HOSTILE, HOSTILE),)
    )
    post = publish("hostile", content, by="ines", now=clock(), labels=("key-event",))
    correct("hostile", post.pk, content, note=HOSTILE, by="ines", now=clock.tick(), based_on=1)
    for path in ("/", "/live/hostile", f"/live/hostile/posts/{post.pk}"):
        outline = outline_of(html_of(client.get(path)))
        assert not outline.handlers
        assert "x" not in outline.pictures
        assert outline.scripts <= {"application/ld+json", "application/json", "module"}  # data, and our own modules


def test_markup_is_well_formed_with_unique_ids(client: Client, write: Write, blog: LiveBlog, clock: Clock) -> None:
    post = write("Post", labels=("breaking", "key-event", "pinned"))
    gone = write("Gone")
    withdraw(blog.slug, gone.pk, note="Wrong.", by="ines", now=clock.tick())
    for path in ("/", LIVE, f"{LIVE}/before/{gone.pk}", f"{LIVE}/posts/{post.pk}", "/live/nothing"):
        outline = outline_of(html_of(client.get(path)))
        assert outline.open == [], path
        assert not outline.faults, path
        assert len(outline.ids) == len(set(outline.ids)), path
        assert outline.headings.count("h1") == 1, path


class Outline(HTMLParser):
    """Collects a page's ids, headings, scripts and event handlers, and checks that its tags match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.handlers: list[str] = []
        self.pictures: list[str] = []
        self.scripts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if tag == "script":
            self.scripts.add(values.get("type", "classic"))
        if tag == "img":
            self.pictures.append(values.get("src", ""))
        if "id" in values:
            self.ids.append(values["id"])
        self.handlers += [name for name in values if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


def outline_of(html: str) -> Outline:
    outline = Outline()
    outline.feed(html)
    outline.close()
    return outline


def test_post_is_listed_when_it_is_marked_as_key_event(
    client: Client, blog: LiveBlog, write: Write, clock: Clock
) -> None:
    post = write("Sea wall fails")
    assert "data-jump" not in html_of(client.get(LIVE))
    mark_key_event(blog.slug, post.pk, on=True, by="ines", now=clock.tick())
    assert f'data-jump="post-{post.pk}"' in html_of(client.get(LIVE))


def test_imported_time_is_shown_in_the_zone_of_the_blog(client: Client, clock: Clock, db: None) -> None:
    open_blog(slug="summer", headline="Summer", zone="Europe/London", by="ines", now=clock())
    summer = clock().replace(month=7, hour=13, minute=5) - timedelta(days=365)
    publish("summer", Content(body="<p>Hot.</p>"), by="ines", now=clock(), published_at=summer)
    assert "14:05 BST" in html_of(client.get("/live/summer"))
