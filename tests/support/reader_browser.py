"""The page of a live blog in a real browser."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from stoppress.coverage.models import Post
from tests.support.web_server import Serving, wait_until

LIVE = "/live/storm-maren"


Write = Callable[..., Post]


def opened(context: BrowserContext, serving: Serving, path: str = LIVE) -> Page:
    page = context.new_page()
    before = serving.readers
    page.goto(path)
    wait_until(lambda: serving.readers > before)
    return page


def scroll_to(page: Page, headline: str) -> float:
    """Scroll a post to the top of the screen and return its position on the screen."""
    article(page, headline).evaluate("post => scrollTo({ top: post.offsetTop + 200, behavior: 'instant' })")
    return place_of(page, headline)


def place_of(page: Page, headline: str) -> float:
    return float(article(page, headline).evaluate("post => post.getBoundingClientRect().top"))


def article(page: Page, headline: str):  # type: ignore[no-untyped-def]  # Playwright's Locator
    return page.get_by_role("article", name=headline, exact=True)


def headlines(page: Page) -> list[str]:
    return page.locator("article h2").all_inner_texts()
