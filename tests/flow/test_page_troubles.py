"""Open pages where something goes wrong: answers that fail or lag, browsers that refuse, text that is taken back."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from stoppress.coverage.actions import correct, set_state, withdraw
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from tests.support.clocks import Clock
from tests.support.reader_browser import LIVE, Write, article, opened, scroll_to
from tests.support.web_server import Serving, wait_until

SLUG = "storm-maren"
HOLDS = """words => [...document.querySelectorAll("*")].filter((one) =>
  [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.includes(words))
  || [...one.attributes].some((attribute) => attribute.value.includes(words))).map((one) => one.outerHTML)"""
LOST = """() => { window.said = []; const line = document.querySelector("[data-connection]");
  new MutationObserver(() => said.push(line.hidden ? "" : line.textContent)).observe(line, { attributes: true }); }"""


@pytest.fixture
def behind(context: BrowserContext, serving: Serving, write: Write) -> Iterator[Page]:
    """A second tab whose page is from before the newest post, which its stream will not bring; not loaded yet."""
    opened(context, serving, LIVE)
    tab = context.new_page()
    before = tab.request.get(LIVE).body()
    write("Meanwhile")
    tab.route(f"**{LIVE}", lambda route: route.fulfill(body=before, content_type="text/html; charset=utf-8"))
    yield tab
    tab.close()


def test_a_change_that_could_not_be_asked_for_is_asked_for_again(behind: Page) -> None:
    behind.route("**/changes/*", lambda route: route.fulfill(status=503), times=2)
    behind.goto(LIVE)
    expect(article(behind, "Meanwhile")).to_be_attached(timeout=15_000)


def test_a_change_that_who_was_asked_does_not_know_yet_is_asked_for_again(behind: Page) -> None:
    blog = LiveBlog.objects.get()
    old = json.dumps({"cursor": f"{blog.epoch}-{blog.seq - 1}", "wait": 5, "changes": []})
    behind.route("**/changes/*", lambda route: route.fulfill(body=old, content_type="application/json"), times=2)
    behind.goto(LIVE)
    expect(article(behind, "Meanwhile")).to_be_attached(timeout=15_000)


def test_a_browser_that_keeps_tabs_apart_gets_a_stream_all_the_same(
    browser: Browser,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    alone = browser.new_context(base_url=serving.url)
    alone.add_init_script(
        "window.BroadcastChannel = class { constructor() { throw new DOMException('no', 'SecurityError') } }"
    )
    tab = opened(alone, serving, LIVE)
    write("Second alarm")
    expect(article(tab, "Second alarm")).to_be_attached()
    alone.close()


def test_who_only_polls_is_connected(context: BrowserContext, blog: LiveBlog, posts: list[Post], write: Write) -> None:
    LiveBlog.objects.update(poll_wait=8)
    context.route("**/stream?*", lambda route: route.abort())
    tab = context.new_page()
    tab.goto(LIVE)
    tab.evaluate(LOST)
    tab.wait_for_timeout(12_000)
    write("Second alarm")
    expect(article(tab, "Second alarm")).to_be_attached(timeout=15_000)
    assert tab.evaluate("said") == []


def test_coverage_that_ended_while_nothing_came_through_is_not_waited_for(
    context: BrowserContext,
    posts: list[Post],
    clock: Clock,
) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    for what in ("**/stream?*", "**/changes/*"):
        context.route(what, refuse)
    tab = context.new_page()
    tab.goto(LIVE)
    expect(tab.locator("[data-connection]")).to_be_visible(timeout=15_000)
    set_state(SLUG, BlogState.ENDED, by="ines", now=clock.tick())
    context.unroute("**/changes/*", refuse)
    expect(tab.locator("main")).to_have_attribute("data-state", "ended", timeout=20_000)
    expect(tab.locator("[data-connection]")).to_be_hidden()


@pytest.fixture
def pages(
    page: Page,
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
) -> list[Page]:
    """The newest page, read further down; a post's own page; an older page."""
    scroll_to(page, "Entry 8")
    others = [context.new_page() for _ in range(2)]
    for tab, path in zip(others, (f"{LIVE}/posts/{posts[3].pk}", f"{LIVE}/before/{posts[9].pk}"), strict=True):
        tab.goto(path)
        tab.wait_for_function("document.querySelector('[data-new-posts]').children.length")
    wait_until(lambda: serving.readers >= 1)
    return [page, *others]


def test_a_post_that_is_taken_back_unseen_leaves_nothing_on_any_page(
    pages: list[Page],
    write: Write,
    clock: Clock,
) -> None:
    post = write("Secretname accused")
    for tab in pages:
        expect(tab.locator("[data-announce]")).to_have_text("New post: Secretname accused")
        expect(tab.locator("[data-new-posts]")).to_have_text("1 new post")
    withdraw(SLUG, post.pk, note="Wrong.", by="ines", now=clock.tick())
    for tab in pages:
        expect(tab.locator("[data-announce]")).to_have_text("A post was withdrawn")
        expect(tab.locator("[data-new-posts]")).to_be_hidden()
        assert tab.evaluate(HOLDS, "Secretname") == [] and "(1)" not in tab.title()


def test_a_post_that_is_taken_back_at_once_is_never_spoken_of(pages: list[Page], write: Write, clock: Clock) -> None:
    post = write("Secretname accused")
    withdraw(SLUG, post.pk, note="Wrong.", by="ines", now=clock.tick())
    for tab in pages:
        expect(tab.locator("[data-announce]")).to_have_text("A post was withdrawn")
        assert tab.evaluate(HOLDS, "Secretname") == []


@pytest.mark.parametrize("quickly", [True, False])
def test_a_headline_that_is_corrected_unseen_is_said_nowhere_any_more(
    pages: list[Page],
    write: Write,
    clock: Clock,
    quickly: bool,
) -> None:
    post = write("Secretname accused")
    for tab in [] if quickly else pages:
        expect(tab.locator("[data-announce]")).to_have_text("New post: Secretname accused")
    right = Content(headline="Nobody accused", body="<p>Fine.</p>", bylines=("Ines",))
    correct(SLUG, post.pk, right, note="Wrong name.", by="ines", now=clock.tick(), based_on=1)
    for tab in pages:
        expect(tab.locator("[data-announce]")).to_have_text(re.compile("Nobody accused$"))
        assert tab.evaluate(HOLDS, "Secretname") == []


@pytest.mark.parametrize("corrected", [True, False])
def test_a_posts_own_page_keeps_nothing_of_what_was_wrong(
    context: BrowserContext,
    serving: Serving,
    write: Write,
    clock: Clock,
    corrected: bool,
) -> None:
    post = write("Secretname accused")
    tab = opened(context, serving, f"{LIVE}/posts/{post.pk}")
    assert len(tab.evaluate(HOLDS, "Secretname")) > 3
    if corrected:
        right = Content(headline="Nobody accused", body="<p>Fine.</p>", bylines=("Ines",))
        correct(SLUG, post.pk, right, note="Wrong name.", by="ines", now=clock.tick(), based_on=1)
    else:
        withdraw(SLUG, post.pk, note="Wrong.", by="ines", now=clock.tick())
    expect(article(tab, "Nobody accused" if corrected else "Withdrawn post")).to_be_visible()
    expect(tab.locator("[data-announce]")).to_have_text(
        "Correction: Nobody accused" if corrected else "A post was withdrawn"
    )
    assert tab.evaluate(HOLDS, "Secretname") == []


def test_a_link_that_is_copied_twice_is_called_as_before_in_the_end(page: Page, posts: list[Post]) -> None:
    link = article(page, "Entry 12").locator("[data-copy-link]")
    link.click()
    expect(link).to_have_text("Link copied")
    link.click()
    expect(link).to_have_text("Link to this post", timeout=5000)


def pass_minutes(tab: Page) -> None:
    """Two and a half, so slowly that what is asked for meanwhile is answered."""
    for _ in range(31):
        tab.clock.run_for(5000)
        tab.wait_for_timeout(20)


def test_what_is_taken_back_after_the_end_leaves_open_pages_too(
    context: BrowserContext,
    posts: list[Post],
    clock: Clock,
) -> None:
    set_state(SLUG, BlogState.ENDED, by="ines", now=clock.tick())
    tab = context.new_page()
    tab.clock.install()
    tab.goto(LIVE)
    tab.wait_for_function("document.querySelector('[data-new-posts]').children.length")
    expect(article(tab, "Entry 12")).to_be_attached()
    withdraw(SLUG, posts[11].pk, note="Wrong.", by="ines", now=clock.tick())
    pass_minutes(tab)
    expect(article(tab, "Entry 12")).to_have_count(0)
    expect(tab.locator("[data-connection]")).to_be_hidden()
    set_state(SLUG, BlogState.LIVE, by="ines", now=clock.tick())
    pass_minutes(tab)
    expect(tab.locator("main")).to_have_attribute("data-state", "live")
