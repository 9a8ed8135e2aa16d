"""The page of a live blog in a real browser."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from stoppress.coverage.models import Post
from tests.support.web_server import Serving, wait_until

LIVE = "/live/storm-maren"


Write = Callable[..., Post]


def open_page(context: BrowserContext, serving: Serving, path: str = LIVE) -> Page:
    """Open a page of a live blog and return it once its stream is open."""
    page = context.new_page()
    before = serving.readers
    page.goto(path)
    wait_until(lambda: serving.readers > before)
    return page


def scroll_to(page: Page, headline: str) -> float:
    """Scroll a post to the top of the screen and return its position on the screen."""
    find_post(page, headline).evaluate("post => scrollTo({ top: post.offsetTop + 200, behavior: 'instant' })")
    return measure_post_top(page, headline)


def measure_post_top(page: Page, headline: str) -> float:
    """Return the distance of a post from the top of the window, in pixels."""
    return float(find_post(page, headline).evaluate("post => post.getBoundingClientRect().top"))


def find_post(page: Page, headline: str):  # type: ignore[no-untyped-def]  # Playwright's Locator
    """Return the locator of the post with this headline."""
    return page.get_by_role("article", name=headline, exact=True)


def read_headlines(page: Page) -> list[str]:
    """Return the headlines of the shown posts, from the top."""
    return page.locator("article h2").all_inner_texts()
