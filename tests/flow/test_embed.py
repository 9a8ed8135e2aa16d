"""Live coverage in a frame of another site, in a real browser, and the embed code at the desk."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from stoppress.coverage.actions import correct, publish, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.syndication.embed_code import embed_code
from tests.factories.coverage import NEWSROOM
from tests.support.clocks import Clock
from tests.support.web_server import Serving, wait_until
from tests.support.webdriver import has_webkit, webkit

SLUG, EMBED = "storm-maren", "/embed/storm-maren"
SANDBOX = "allow-scripts allow-top-navigation-by-user-activation"
"""Without `allow-same-origin`: the frame's origin is `null`, and it has no locks, channels or storage."""
SANDBOX_WITH_POPUPS = "allow-scripts allow-popups"


@pytest.fixture
def posts(blog: LiveBlog, clock: Clock) -> list[Post]:
    """Publish twelve posts, oldest first; correct one and withdraw one."""
    body = "<p>" + 'The swell is over the <a href="/live/storm-maren">lower landing</a>. ' * 6 + "</p>"
    published = [
        publish(SLUG, Content(headline=f"Entry {n}", body=body, bylines=("Ines Okafor",)), by="ines", now=clock.tick())
        for n in range(1, 13)
    ]
    corrected = Content(headline="Entry 11", body="<p>There are 212.</p>")
    correct(SLUG, published[10].pk, corrected, note="We said 412.", by="ines", now=clock.tick(), based_on=1)
    withdraw(SLUG, published[9].pk, note="It did not happen.", by="ines", now=clock.tick())
    return published


@pytest.fixture
def context(serving: Serving, blog: LiveBlog, browser: Browser) -> Iterator[BrowserContext]:
    """Open a reader's browser. At the end it must have no cookie and no error."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    yield context
    assert context.cookies() == []
    context.close()
    assert errors == []


@pytest.fixture
def other_site(serving: Serving) -> Iterator[str]:
    """Serve another site's page with the embed code of the desk, on another host name; return its address.

    The page at `sandboxed` has a `sandbox` attribute on the frame, and so has `popups`, which allows new tabs.
    """
    code = embed_code(SLUG, "Storm Maren", NEWSROOM).replace("https://courier.test", serving.url)
    page = f'<!doctype html><html lang="en"><title>Other</title><h1>Other site</h1>{code}<p>Below</p></html>'

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            sandbox = {"/sandboxed": SANDBOX, "/popups": SANDBOX_WITH_POPUPS}.get(self.path)
            sandboxed = page.replace("<iframe ", f'<iframe sandbox="{sandbox}" ')
            self.wfile.write((sandboxed if sandbox else page).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def frame(context: BrowserContext, serving: Serving, posts: list[Post], other_site: str) -> FrameLocator:
    """Return the frame on the other site's page, once its stream is open."""
    page = context.new_page()
    page.goto(other_site)
    wait_until(lambda: serving.readers == 1)
    return page.frame_locator("iframe")


def test_frame_on_another_site_follows_live(frame: FrameLocator, clock: Clock) -> None:
    expect(frame.locator("article")).to_have_count(10)
    publish(SLUG, Content(headline="Second alarm"), by="ines", now=clock.tick())
    expect(frame.get_by_role("article", name="Second alarm")).to_be_in_viewport()
    expect(frame.locator("[data-post-count]")).to_have_text("12 posts")


def test_reader_is_not_moved_when_scrolled_down_in_the_frame(frame: FrameLocator, clock: Clock) -> None:
    post = frame.get_by_role("article", name="Entry 7")
    post.evaluate("post => scrollTo({ top: post.offsetTop, behavior: 'instant' })")
    before = post.evaluate("post => post.getBoundingClientRect().top")
    publish(SLUG, Content(headline="Second alarm"), by="ines", now=clock.tick())
    expect(frame.get_by_role("button", name="1 new post")).to_be_visible()
    assert post.evaluate("post => post.getBoundingClientRect().top") == before


def test_withdrawal_reaches_the_frame(frame: FrameLocator, posts: list[Post], clock: Clock) -> None:
    withdraw(SLUG, posts[11].pk, note="Not so.", by="ines", now=clock.tick())
    expect(frame.get_by_role("article", name="Entry 12")).to_have_count(0)
    expect(frame.get_by_text("Not so.")).to_be_visible()


@pytest.mark.parametrize("link", ["Link to this post", "lower landing", "Earlier posts"])
def test_links_of_the_frame_open_a_new_tab(
    context: BrowserContext, frame: FrameLocator, serving: Serving, other_site: str, link: str
) -> None:
    with context.expect_page() as opened:
        frame.get_by_role("link", name=link).first.click()
    opened.value.wait_for_url(f"{serving.url}/live/**")
    expect(opened.value.locator("main[data-live]")).to_be_visible()
    assert opened.value.evaluate("opener") is None
    assert context.pages[0].url == other_site


def test_every_link_of_the_frame_opens_a_new_tab_without_opener(frame: FrameLocator, clock: Clock) -> None:
    publish(SLUG, Content(headline="Second alarm", body='<p><a href="/x">x</a></p>'), by="ines", now=clock.tick())
    expect(frame.get_by_role("article", name="Second alarm")).to_be_visible()
    links = frame.locator("body").evaluate(
        """body => [...body.querySelectorAll("a[href]")].map((link) => [
            link.href, link.target || document.querySelector("base").target, link.relList.contains("noopener")])"""
    )
    assert len(links) > 20
    assert [link for link in links if link[1:] != ["_blank", True]] == []


def test_link_of_a_sandboxed_frame_opens_a_new_tab_when_allowed(
    context: BrowserContext, serving: Serving, posts: list[Post], other_site: str
) -> None:
    page = context.new_page()
    page.goto(f"{other_site}popups")
    wait_until(lambda: serving.readers == 1)
    with context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Link to this post").first.click()
    opened.value.wait_for_url(f"{serving.url}/live/**")
    assert page.url == f"{other_site}popups"


@pytest.mark.skipif(not has_webkit(), reason="webkit2gtk-driver is not installed")
def test_webkit_loads_all_of_a_sandboxed_frame(
    serving: Serving, posts: list[Post], other_site: str, settings: Any
) -> None:
    directives = dict(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
    assert directives["script-src"] == ["'self'", "http://news.test"]
    for name in ("script-src", "style-src", "img-src", "font-src", "connect-src"):
        directives[name] = ["'self'", serving.url]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
    with webkit() as page:
        page.open(f"{other_site}sandboxed")
        wait_until(lambda: serving.readers == 1)  # its script was loaded, and connected


@pytest.fixture
def sandboxed(context: BrowserContext, serving: Serving, posts: list[Post], other_site: str) -> FrameLocator:
    """Return the sandboxed frame."""
    page = context.new_page()
    page.goto(f"{other_site}sandboxed")
    frame = page.frame_locator("iframe")
    assert frame.locator("body").evaluate("() => origin") == "null"
    return frame


def test_sandboxed_frame_follows_live(sandboxed: FrameLocator, serving: Serving, clock: Clock) -> None:
    wait_until(lambda: serving.readers == 1)
    publish(SLUG, Content(headline="Second alarm"), by="ines", now=clock.tick())
    expect(sandboxed.get_by_role("article", name="Second alarm")).to_be_in_viewport()


def test_sandboxed_frame_polls_when_streams_fail(
    context: BrowserContext, serving: Serving, posts: list[Post], other_site: str, clock: Clock
) -> None:
    context.route("**/stream?*", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{other_site}sandboxed")
    publish(SLUG, Content(headline="Second alarm"), by="ines", now=clock.tick())
    expect(page.frame_locator("iframe").get_by_role("article", name="Second alarm")).to_be_in_viewport(timeout=15_000)
    assert serving.readers == 0


def test_sandboxed_frame_reloads_when_the_stream_sends_reset(
    sandboxed: FrameLocator, serving: Serving, clock: Clock
) -> None:
    wait_until(lambda: serving.readers == 1)
    LiveBlog.objects.filter(slug=SLUG).update(epoch="afresh01")
    publish(SLUG, Content(headline="In another epoch"), by="ines", now=clock.tick())
    expect(sandboxed.get_by_role("article", name="In another epoch")).to_be_visible(timeout=15_000)
    publish(SLUG, Content(headline="And on"), by="ines", now=clock.tick())
    expect(sandboxed.get_by_role("article", name="And on")).to_be_visible(timeout=15_000)


def test_link_of_a_sandboxed_frame_opens_outside(
    context: BrowserContext, sandboxed: FrameLocator, serving: Serving
) -> None:
    sandboxed.get_by_role("link", name="Link to this post").first.click()
    context.pages[0].wait_for_url(f"{serving.url}/live/**")


def test_frame_keeps_its_height_when_posts_arrive(context: BrowserContext, frame: FrameLocator) -> None:
    place = "document.querySelector('p').getBoundingClientRect().top"
    before = context.pages[0].evaluate(place)
    publish(SLUG, Content(headline="Second alarm"), by="ines", now=Clock().tick(9000))
    expect(frame.get_by_role("article", name="Second alarm")).to_be_visible()
    assert context.pages[0].evaluate(place) == before


@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_an_embed(
    context: BrowserContext, serving: Serving, posts: list[Post], axe_source: str, scheme: str, width: int
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 640})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{serving.url}{EMBED}")
    page.evaluate(axe_source)
    violations = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    assert [(violation["id"], node["html"]) for violation in violations for node in violation["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_embed_is_complete_without_javascript(browser: Browser, serving: Serving, posts: list[Post]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{serving.url}{EMBED}")
    expect(page.get_by_role("article")).to_have_count(10)
    expect(page.get_by_text("It did not happen.")).to_be_visible()
    context.close()


def test_desk_offers_the_embed_code(desk: Page) -> None:
    desk.get_by_text("Embed this live blog").click()
    code = desk.get_by_label("Copy this code into the other page:")
    expect(code).to_have_value(re.compile(r'^<iframe src="http://news.test/embed/storm-maren" title="Live: Sea wall'))
    expect(desk.get_by_role("link", name="Atom")).to_have_attribute("href", "/live/storm-maren/feed.atom")
