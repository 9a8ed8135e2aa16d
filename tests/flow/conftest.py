"""Fixtures of the flow tests: the desk and a reader's page, each in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from stoppress.coverage.actions import publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.desk.access.people import create_user
from tests.support.clocks import Clock
from tests.support.desk_browser import PASSWORD, collect_errors, log_in
from tests.support.reader_browser import Write, open_page
from tests.support.web_server import Serving

# A busy machine is not a fault.
expect.set_options(timeout=30_000)


@pytest.fixture
def desk(serving: Serving, blog: LiveBlog, browser: Browser) -> Iterator[Page]:
    """Yield the desk of the live blog with an editor logged in; fail on errors in the browser's console."""
    create_user("ines", PASSWORD, "editor", display="Ines Okafor")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=serving.url)
    page = context.new_page()
    complaints = collect_errors(page)
    log_in(page)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def write(blog: LiveBlog, clock: Clock) -> Write:
    """Return a function that publishes a post one minute after the previous one."""

    def publish_one(headline: str, text: str = "The swell is over the lower landing. " * 6, **given: object) -> Post:
        content = Content(headline=headline, body=f"<p>{text}</p>", bylines=("Ines Okafor",))
        return publish("storm-maren", content, by="ines", now=clock.tick(), **given)  # type: ignore[arg-type]  # as named

    return publish_one


@pytest.fixture
def posts(write: Write) -> list[Post]:
    """Publish twelve posts, oldest first."""
    return [write(f"Entry {number}") for number in range(1, 13)]


@pytest.fixture
def context(serving: Serving, blog: LiveBlog, browser: Browser) -> Iterator[BrowserContext]:
    """Yield a reader's browser; fail if it has cookies or errors in its console at the end."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, base_url=serving.url)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    yield context
    assert context.cookies() == []
    context.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext, serving: Serving, posts: list[Post]) -> Page:
    """Return the newest page with its stream open."""
    return open_page(context, serving)
