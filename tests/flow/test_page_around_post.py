"""A key event that is not on the page opens the coverage around it, on the first screen, and that page is live."""

from playwright.sync_api import Browser, BrowserContext, expect

from stoppress.coverage.actions import mark_key_event, update, withdraw
from stoppress.coverage.models import Post
from stoppress.coverage.post_content import Content
from tests.support.clocks import Clock
from tests.support.reader_browser import LIVE, Write, find_post, open_page
from tests.support.web_server import Serving, wait_until


def test_key_event_opens_the_page_around_it(
    context: BrowserContext, serving: Serving, posts: list[Post], write: Write, clock: Clock
) -> None:
    mark_key_event("storm-maren", posts[3].pk, on=True, by="ines", now=clock.tick())
    for number in range(13, 28):
        write(f"Entry {number}")
    page = open_page(context, serving)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Entry 4").first.click()
    page.wait_for_url(f"**{LIVE}/posts/{posts[3].pk}")
    expect(find_post(page, "Entry 4").locator("h2")).to_be_in_viewport()
    wait_until(lambda: serving.readers == 1)
    page.get_by_text("What came next").click()
    expect(find_post(page, "Entry 5")).to_be_visible()
    changed = Content(headline="Entry 5, changed", body="<p>Changed.</p>")
    update("storm-maren", posts[4].pk, changed, by="ines", now=clock.tick(), based_on=1)
    expect(find_post(page, "Entry 5, changed")).to_be_visible()
    withdraw("storm-maren", posts[2].pk, note="Not so.", by="ines", now=clock.tick())
    expect(find_post(page, "Withdrawn post")).to_be_visible()
    assert page.title().startswith("Entry 4 | ")
    write("Second alarm")
    expect(page.get_by_role("link", name="1 new post")).to_have_attribute("href", LIVE)


def test_linked_post_is_on_the_first_screen_without_script(
    browser: Browser, serving: Serving, posts: list[Post]
) -> None:
    context = browser.new_context(
        java_script_enabled=False, base_url=serving.url, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(f"{LIVE}/posts/{posts[5].pk}")
    expect(find_post(page, "Entry 6").locator("h2")).to_be_in_viewport()
    expect(find_post(page, "Entry 5")).to_have_count(1)
    page.get_by_text("What came next").click()
    expect(find_post(page, "Entry 7")).to_be_visible()
    context.close()
