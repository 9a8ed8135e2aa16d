"""Coverage from the start in a real browser: new posts arrive at the end, and nothing moves."""

from playwright.sync_api import BrowserContext, Page, expect

from stoppress.coverage.actions import correct, pin, withdraw
from stoppress.coverage.models import Post
from stoppress.coverage.post_content import Content
from tests.support.clocks import Clock
from tests.support.reader_browser import LIVE, Write, find_post, measure_post_top, open_page, read_headlines
from tests.support.web_server import Serving

START = f"{LIVE}/from-the-start"


def test_new_posts_arrive_at_the_end_behind_their_number(
    context: BrowserContext, serving: Serving, posts: list[Post], write: Write, clock: Clock
) -> None:
    page = open_page(context, serving, START)
    assert read_headlines(page) == [f"Entry {number}" for number in range(1, 13)]
    before = measure_post_top(page, "Entry 2")
    write("Second alarm")
    button = page.get_by_role("button", name="1 new post at the end")
    expect(button).to_be_visible()
    pin("storm-maren", posts[5].pk, on=True, by="ines", now=clock.tick())
    right = Content(headline="Entry 1", body="<p>There are 212.</p>")
    correct("storm-maren", posts[0].pk, right, note="We said 412.", by="ines", now=clock.tick(), based_on=1)
    expect(page.get_by_text("We said 412.")).to_be_visible()
    assert read_headlines(page) == [f"Entry {number}" for number in range(1, 13)]
    assert page.evaluate("scrollY") == 0 and measure_post_top(page, "Entry 2") >= before
    button.click()
    expect(find_post(page, "Second alarm")).to_be_in_viewport()
    expect(button).to_be_hidden()
    assert read_headlines(page)[-2:] == ["Entry 12", "Second alarm"]
    _read_on_at_the_end(page, write)
    withdraw("storm-maren", posts[1].pk, note="Not so.", by="ines", now=clock.tick())
    expect(find_post(page, "Withdrawn post")).to_have_count(1)


def _read_on_at_the_end(page: Page, write: Write) -> None:
    """At the end of the page a new post appears at once, and the text above stays."""
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    top = measure_post_top(page, "Entry 12")
    write("Third alarm")
    expect(find_post(page, "Third alarm")).to_have_count(1)
    assert read_headlines(page)[-1] == "Third alarm"
    assert abs(measure_post_top(page, "Entry 12") - top) < 1


def test_page_before_the_last_one_only_counts_new_posts(
    context: BrowserContext, serving: Serving, posts: list[Post], write: Write
) -> None:
    for number in range(13, 23):
        write(f"Entry {number}")
    page = open_page(context, serving, START)
    write("Second alarm")
    expect(page.get_by_role("link", name="1 new post")).to_have_attribute("href", LIVE)
    assert read_headlines(page)[-1] == "Entry 20"
