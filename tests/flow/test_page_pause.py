"""The reader pauses new posts, and announcements come while many posts do."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from stoppress.coverage.actions import correct, pin
from stoppress.coverage.models import Post
from stoppress.coverage.post_content import Content
from tests.support.clocks import Clock
from tests.support.reader_browser import LIVE, Write, find_post, open_page, read_headlines
from tests.support.web_server import Serving, wait_until


@pytest.fixture
def press_pause(page: Page) -> Callable[[], None]:
    """Return a function that presses Pause and checks that nothing moves."""

    def press() -> None:
        before = page.locator("article h2").first.bounding_box()
        page.get_by_role("button", name="Pause new posts").click()
        assert page.locator("article h2").first.bounding_box() == before

    return press


def test_paused_page_keeps_new_posts_behind_the_button(
    page: Page, press_pause: Callable[[], None], write: Write
) -> None:
    press_pause()
    write("Second alarm")
    expect(page.get_by_role("button", name="1 new post")).to_be_visible()
    expect(find_post(page, "Second alarm")).to_have_count(0)
    page.get_by_role("button", name="Pause new posts").click()
    expect(find_post(page, "Second alarm")).to_be_in_viewport()


def test_paused_page_corrects_in_place_and_moves_no_post(
    page: Page, press_pause: Callable[[], None], posts: list[Post], clock: Clock
) -> None:
    press_pause()
    pin("storm-maren", posts[4].pk, on=True, by="ines", now=clock.tick())
    right = Content(headline="Entry 12", body="<p>There are 212.</p>")
    correct("storm-maren", posts[11].pk, right, note="We said 412.", by="ines", now=clock.tick(), based_on=1)
    expect(page.get_by_text("We said 412.")).to_be_visible()
    assert read_headlines(page)[0] == "Entry 12"
    page.get_by_role("button", name="Pause new posts").click()
    expect(page.locator("article h2").first).to_have_text("Entry 5")
    assert read_headlines(page)[1] == "Entry 12"


def test_pause_is_remembered(
    page: Page, press_pause: Callable[[], None], context: BrowserContext, serving: Serving, write: Write
) -> None:
    press_pause()
    page.close()
    wait_until(lambda: serving.readers == 0)
    again = open_page(context, serving)
    expect(again.get_by_role("button", name="Pause new posts")).to_have_attribute("aria-pressed", "true")
    write("Second alarm")
    expect(again.get_by_role("button", name="1 new post")).to_be_visible()


def test_pressed_pause_looks_different_in_forced_colours(page: Page, press_pause: Callable[[], None]) -> None:
    page.emulate_media(forced_colors="active")
    background = "button => getComputedStyle(button).backgroundColor"
    button = page.get_by_role("button", name="Pause new posts")
    before = button.evaluate(background)
    press_pause()
    assert button.evaluate(background) != before


def test_announcement_comes_within_five_seconds_when_changes_never_rest(context: BrowserContext, page: Page) -> None:
    quiet = context.new_page()
    quiet.clock.install()
    quiet.goto(LIVE)
    quiet.evaluate(
        """async () => {
            const { createAnnouncer } = await import("/static/edge/announcer.js");
            window.region = document.createElement("p");
            window.announcer = createAnnouncer(region);
        }"""
    )
    announced = []
    for number in range(13):
        change = f"{{ added: new Map([['{number}', 'Entry {number}']]), titles: new Map(), corrected: new Map() }}"
        quiet.evaluate(f"announcer.addBatch({{ ...{change}, withdrawn: [], ended: false }})")
        quiet.clock.run_for(1000)
        announced.append(quiet.evaluate("region.textContent"))
    assert announced[:4] == [""] * 4
    assert announced[4] == "5 new posts"
    assert announced[5:9] == [""] * 4
    assert announced[9] == "5 new posts"
