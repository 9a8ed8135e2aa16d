"""Changes never move the text that is being read, in Chromium, Firefox and WebKit.

`make reading-place` makes the long run, with READING_PLACE_CHANGES=10000.
"""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from stoppress.coverage.actions import correct, pin, update, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.pictures.store import store_picture
from stoppress.coverage.post_content import Content
from tests.support.clocks import Clock
from tests.support.random_changes import RandomChanges
from tests.support.web_server import Serving, wait_until
from tests.support.webdriver import Driver, firefox, has_firefox, has_webkit, webkit

SLUG, LIVE = "storm-maren", "/live/storm-maren"
CHANGES = int(os.environ.get("READING_PLACE_CHANGES", "150"))
MEASURE = (Path(__file__).parents[1] / "support" / "reading_place.js").read_text(encoding="utf-8")
HEADLINE = "return document.querySelector('h1').textContent"
SCROLL_TO_MIDDLE = "scrollTo({ top: document.body.scrollHeight / 2 + 0.4, behavior: 'instant' })"


class ChromiumPage:
    """A page of Playwright's Chromium as a Driver."""

    def __init__(self, browser: Browser) -> None:
        self._page = browser.new_page(viewport={"width": 1100, "height": 762})

    def open(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str) -> Any:
        return self._page.evaluate(f"() => {{ {script}\n }}")

    def close(self) -> None:
        self._page.close()


@pytest.fixture
def changes(blog: LiveBlog, clock: Clock) -> RandomChanges:
    """Publish forty posts, some with a picture; one page holds thirty."""
    keys = []
    for shade in (60, 160):
        file = io.BytesIO()
        Image.new("RGB", (900, 300 + shade), (shade, shade, shade)).save(file, "PNG")
        file.seek(0)
        keys.append(store_picture(file, blog=blog, by="ines", now=clock()).pk)
    changes = RandomChanges(clock, seed=7, pictures=keys)
    changes.fill(40)
    return changes


@pytest.fixture
def pages(serving: Serving, changes: RandomChanges, browser: Browser, tmp_path: Path) -> Iterator[dict[str, Driver]]:
    """Open the page in each browser that is installed, scrolled to the middle."""
    with ExitStack() as stack:
        pages: dict[str, Driver] = {"chromium": stack.enter_context(closing(ChromiumPage(browser)))}
        if has_firefox():
            pages["firefox"] = stack.enter_context(firefox(tmp_path))
        if has_webkit():
            pages["webkit"] = stack.enter_context(webkit())
        for page in pages.values():
            page.open(f"{serving.url}{LIVE}")
        wait_until(lambda: serving.readers == len(pages))
        for page in pages.values():
            page.run(SCROLL_TO_MIDDLE)
            page.run(MEASURE)
        yield pages


def test_text_being_read_stays_in_place_when_anything_changes(pages: dict[str, Driver], changes: RandomChanges) -> None:
    for made in range(0, CHANGES, 50):  # a page that is far behind would load again
        changes.make(min(50, CHANGES - made))
        changes.finish(f"After {made}")
        for page in pages.values():
            wait_until(lambda page=page, made=made: page.run(HEADLINE) == f"After {made}", 300)  # type: ignore[misc]
    measured = {name: measure(page) for name, page in pages.items()}
    print(measured)
    for name, result in measured.items():
        assert result["steps"] == [], (name, result["steps"])
        assert abs(result["drift"]) <= 1, (name, result)
        assert result["lost"] == 0, name


def measure(page: Driver) -> dict[str, Any]:
    """Return what the page measured until two frames from now."""
    frames = page.run("return readingPlace.frames")
    wait_until(lambda: page.run("return readingPlace.frames") > frames + 1)
    result: dict[str, Any] = page.run("return readingPlace")
    return result


def test_next_post_stays_when_the_one_mostly_scrolled_past_changes(
    browser: Browser, serving: Serving, changes: RandomChanges, blog: LiveBlog, clock: Clock
) -> None:
    old, read = Post.objects.filter(blog=blog).order_by("-position")[8:10]
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.goto(f"{serving.url}{LIVE}")
    wait_until(lambda: serving.readers == 1)
    top = f"document.getElementById('post-{read.pk}').querySelector('.post__main > *').getBoundingClientRect().top"
    page.evaluate(f"scrollBy({{ top: {top} - 160.4, behavior: 'instant' }})")
    before = page.evaluate(top)
    body = "".join(f"<p>Another paragraph {number}.</p>" for number in range(9))
    acts: list[Callable[[], object]] = [
        lambda: update(SLUG, old.pk, Content("Longer", body), by="ines", now=clock.tick(), based_on=1),
        lambda: correct(SLUG, old.pk, Content("Short", "<p>One.</p>"), note=body, by="i", now=clock.tick(), based_on=2),
        lambda: pin(SLUG, old.pk, on=True, by="ines", now=clock.tick()),
        lambda: pin(SLUG, old.pk, on=False, by="ines", now=clock.tick()),
        lambda: withdraw(SLUG, old.pk, note="It did not happen.", by="ines", now=clock.tick()),
    ]
    for seen, act in enumerate(acts, 1):
        act()
        changes.finish(f"Change {seen}")
        expect(page.locator("h1")).to_have_text(f"Change {seen}")
        assert page.evaluate(top) == pytest.approx(before, abs=1), seen
    page.close()
