"""Open pages under faults: requests that fail or lag, browsers with restrictions, text that is removed."""

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
from tests.support.reader_browser import LIVE, Write, find_post, open_page, scroll_to
from tests.support.web_server import Serving, wait_until

SLUG = "storm-maren"
ELEMENTS_WITH = """words => [...document.querySelectorAll("*")].filter((one) =>
  [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.includes(words))
  || [...one.attributes].some((attribute) => attribute.value.includes(words))).map((one) => one.outerHTML)"""
RECORD_CONNECTION = """() => { window.shown = []; const line = document.querySelector("[data-connection]");
  new MutationObserver(() => shown.push(line.hidden ? "" : line.textContent)).observe(line, { attributes: true }); }"""


@pytest.fixture
def outdated_tab(context: BrowserContext, serving: Serving, write: Write) -> Iterator[Page]:
    """Prepare a second tab, not loaded yet: its page lacks the newest post, and its stream will not deliver it."""
    open_page(context, serving, LIVE)
    tab = context.new_page()
    before = tab.request.get(LIVE).body()
    write("Meanwhile")
    tab.route(f"**{LIVE}", lambda route: route.fulfill(body=before, content_type="text/html; charset=utf-8"))
    yield tab
    tab.close()


def test_missing_change_is_fetched_again_when_the_request_fails(outdated_tab: Page) -> None:
    outdated_tab.route("**/changes/*", lambda route: route.fulfill(status=503), times=2)
    outdated_tab.goto(LIVE)
    expect(find_post(outdated_tab, "Meanwhile")).to_be_attached(timeout=15_000)


def test_missing_change_is_fetched_again_when_the_answer_lacks_it(outdated_tab: Page) -> None:
    blog = LiveBlog.objects.get()
    old = json.dumps({"cursor": f"{blog.epoch}-{blog.seq - 1}", "wait": 5, "changes": []})
    outdated_tab.route("**/changes/*", lambda route: route.fulfill(body=old, content_type="application/json"), times=2)
    outdated_tab.goto(LIVE)
    expect(find_post(outdated_tab, "Meanwhile")).to_be_attached(timeout=15_000)


def test_page_gets_a_stream_when_broadcast_channel_is_blocked(
    browser: Browser,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    context = browser.new_context(base_url=serving.url)
    context.add_init_script(
        "window.BroadcastChannel = class { constructor() { throw new DOMException('no', 'SecurityError') } }"
    )
    tab = open_page(context, serving, LIVE)
    write("Second alarm")
    expect(find_post(tab, "Second alarm")).to_be_attached()
    context.close()


def test_page_counts_as_connected_when_it_only_polls(
    context: BrowserContext, blog: LiveBlog, posts: list[Post], write: Write
) -> None:
    LiveBlog.objects.update(poll_wait=8)
    context.route("**/stream?*", lambda route: route.abort())
    tab = context.new_page()
    tab.goto(LIVE)
    tab.evaluate(RECORD_CONNECTION)
    tab.wait_for_timeout(12_000)
    write("Second alarm")
    expect(find_post(tab, "Second alarm")).to_be_attached(timeout=15_000)
    assert tab.evaluate("shown") == []


def test_page_stops_waiting_when_coverage_ended_while_disconnected(
    context: BrowserContext,
    posts: list[Post],
    clock: Clock,
) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    for pattern in ("**/stream?*", "**/changes/*"):
        context.route(pattern, refuse)
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
    """Open the newest page, scrolled down; a post's own page; an older page."""
    scroll_to(page, "Entry 8")
    others = [context.new_page() for _ in range(2)]
    for tab, path in zip(others, (f"{LIVE}/posts/{posts[3].pk}", f"{LIVE}/before/{posts[9].pk}"), strict=True):
        tab.goto(path)
        tab.wait_for_function("document.querySelector('[data-new-posts]').children.length")
    wait_until(lambda: serving.readers >= 1)
    return [page, *others]


def test_pages_show_nothing_of_a_post_when_it_is_withdrawn_before_display(
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
        assert tab.evaluate(ELEMENTS_WITH, "Secretname") == [] and "(1)" not in tab.title()


def test_post_is_never_announced_when_it_is_withdrawn_at_once(pages: list[Page], write: Write, clock: Clock) -> None:
    post = write("Secretname accused")
    withdraw(SLUG, post.pk, note="Wrong.", by="ines", now=clock.tick())
    for tab in pages:
        expect(tab.locator("[data-announce]")).to_have_text("A post was withdrawn")
        assert tab.evaluate(ELEMENTS_WITH, "Secretname") == []


@pytest.mark.parametrize("quickly", [True, False])
def test_headline_is_never_announced_when_it_is_corrected_before_display(
    pages: list[Page],
    write: Write,
    clock: Clock,
    quickly: bool,
) -> None:
    post = write("Secretname accused")
    for tab in [] if quickly else pages:
        expect(tab.locator("[data-announce]")).to_have_text("New post: Secretname accused")
    harmless = Content(headline="Trial begins", body="<p>Fine.</p>", bylines=("Ines",))
    correct(SLUG, post.pk, harmless, note="Wrong name.", by="ines", now=clock.tick(), based_on=1)
    for tab in pages:
        expect(tab.locator("[data-announce]")).to_have_text(re.compile("Trial begins$"))
        assert tab.evaluate(ELEMENTS_WITH, "Secretname") == []


@pytest.mark.parametrize("corrected", [True, False])
def test_page_of_a_post_keeps_nothing_of_a_text_when_it_is_corrected(
    context: BrowserContext,
    serving: Serving,
    write: Write,
    clock: Clock,
    corrected: bool,
) -> None:
    post = write("Secretname accused")
    tab = open_page(context, serving, f"{LIVE}/posts/{post.pk}")
    assert len(tab.evaluate(ELEMENTS_WITH, "Secretname")) > 3
    if corrected:
        harmless = Content(headline="Trial begins", body="<p>Fine.</p>", bylines=("Ines",))
        correct(SLUG, post.pk, harmless, note="Wrong name.", by="ines", now=clock.tick(), based_on=1)
    else:
        withdraw(SLUG, post.pk, note="Wrong.", by="ines", now=clock.tick())
    expect(find_post(tab, "Trial begins" if corrected else "Withdrawn post")).to_be_visible()
    expect(tab.locator("[data-announce]")).to_have_text(
        "Correction: Trial begins" if corrected else "A post was withdrawn"
    )
    assert tab.evaluate(ELEMENTS_WITH, "Secretname") == []


def test_copied_link_gets_its_label_back_when_copied_twice(page: Page, posts: list[Post]) -> None:
    link = find_post(page, "Entry 12").locator("[data-copy-link]")
    link.click()
    expect(link).to_have_text("Link copied")
    link.click()
    expect(link).to_have_text("Link to this post", timeout=5000)


def pass_minutes(tab: Page) -> None:
    """Advance the tab's clock by two and a half minutes, slowly enough for its requests to be answered."""
    for _ in range(31):
        tab.clock.run_for(5000)
        tab.wait_for_timeout(20)


def test_open_pages_remove_a_post_when_it_is_withdrawn_after_the_end(
    context: BrowserContext,
    posts: list[Post],
    clock: Clock,
) -> None:
    set_state(SLUG, BlogState.ENDED, by="ines", now=clock.tick())
    tab = context.new_page()
    tab.clock.install()
    tab.goto(LIVE)
    tab.wait_for_function("document.querySelector('[data-new-posts]').children.length")
    expect(find_post(tab, "Entry 12")).to_be_attached()
    withdraw(SLUG, posts[11].pk, note="Wrong.", by="ines", now=clock.tick())
    pass_minutes(tab)
    expect(find_post(tab, "Entry 12")).to_have_count(0)
    expect(tab.locator("[data-connection]")).to_be_hidden()
    set_state(SLUG, BlogState.LIVE, by="ines", now=clock.tick())
    pass_minutes(tab)
    expect(tab.locator("main")).to_have_attribute("data-state", "live")
