"""An open page of live coverage, in a real browser against a real server."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from stoppress.coverage.actions import correct, edit_blog, mark_key_event, pin, set_state, update, withdraw
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from tests.support.clocks import Clock
from tests.support.reader_browser import LIVE, Write, find_post, measure_post_top, open_page, read_headlines, scroll_to
from tests.support.web_server import Serving, wait_until


def test_new_post_is_inserted_at_the_top_without_reload(page: Page, write: Write) -> None:
    write("Second alarm")
    expect(find_post(page, "Second alarm")).to_be_in_viewport()
    assert read_headlines(page)[:2] == ["Second alarm", "Entry 12"]
    expect(page.locator("[data-post-count]")).to_have_text("13 posts")
    expect(page.locator("[data-announce]")).to_have_text("New post: Second alarm")
    expect(find_post(page, "Second alarm").locator("[data-relative]")).to_have_text(re.compile("2026|ago|just now"))


def test_reader_is_not_moved_and_gets_a_button_when_scrolled_down(page: Page, write: Write) -> None:
    before = scroll_to(page, "Entry 8")
    write("Second alarm")
    write("Third alarm")
    button = page.get_by_role("button", name="2 new posts")
    expect(button).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(2\) Sea wall"))
    expect(find_post(page, "Third alarm")).to_have_count(0)
    assert measure_post_top(page, "Entry 8") == before
    button.click()
    expect(find_post(page, "Third alarm")).to_be_in_viewport()
    expect(find_post(page, "Third alarm")).to_be_focused()
    expect(button).to_be_hidden()
    expect(page).to_have_title(re.compile("^Sea wall"))
    assert read_headlines(page)[:3] == ["Third alarm", "Second alarm", "Entry 12"]


def test_new_posts_button_works_from_the_keyboard(page: Page, write: Write) -> None:
    scroll_to(page, "Entry 8")
    write("Second alarm")
    page.get_by_role("button", name="1 new post").press("Enter")
    expect(find_post(page, "Second alarm")).to_be_focused()


def test_edit_above_the_reader_does_not_move_the_page(page: Page, posts: list[Post], clock: Clock) -> None:
    before = scroll_to(page, "Entry 6")
    longer = Content(headline="Entry 11", body="<p>Much longer now.</p>" * 9)
    update("storm-maren", posts[10].pk, longer, by="ines", now=clock.tick(), based_on=1)
    expect(page.get_by_text("Much longer now.").first).to_be_attached()
    assert measure_post_top(page, "Entry 6") == pytest.approx(before, abs=1)


def test_edit_keeps_the_focus(page: Page, posts: list[Post], clock: Clock) -> None:
    link = find_post(page, "Entry 12").get_by_role("link", name="Link to this post")
    link.focus()
    changed = Content(headline="Entry 12", body="<p>Changed.</p>")
    update("storm-maren", posts[11].pk, changed, by="ines", now=clock.tick(), based_on=1)
    expect(page.get_by_text("Changed.")).to_be_visible()
    expect(link).to_be_focused()


def test_correction_and_withdrawal_reach_the_open_page(page: Page, posts: list[Post], clock: Clock) -> None:
    right = Content(headline="Entry 12", body="<p>There are 212.</p>")
    correct("storm-maren", posts[11].pk, right, note="We said 412.", by="ines", now=clock.tick(), based_on=1)
    expect(find_post(page, "Entry 12").get_by_role("note")).to_contain_text("We said 412.")
    withdraw("storm-maren", posts[10].pk, note="It did not happen.", by="ines", now=clock.tick())
    expect(find_post(page, "Withdrawn post")).to_contain_text("It did not happen.")
    expect(page.locator("[data-announce]")).to_contain_text("A post was withdrawn")
    assert "Entry 11" not in page.content()


def test_waiting_post_is_not_counted_when_it_is_withdrawn(page: Page, write: Write, clock: Clock) -> None:
    scroll_to(page, "Entry 8")
    post = write("Hospital without power")
    button = page.get_by_role("button", name="1 new post")
    expect(button).to_be_visible()
    withdraw("storm-maren", post.pk, note="It did not happen.", by="ines", now=clock.tick())
    expect(button).to_be_hidden()
    expect(find_post(page, "Withdrawn post")).to_have_count(1)
    assert "Hospital" not in page.content()


def test_pinned_post_moves_to_the_top_and_back(page: Page, posts: list[Post], clock: Clock) -> None:
    pin("storm-maren", posts[4].pk, on=True, by="ines", now=clock.tick())
    expect(page.locator("article h2").first).to_have_text("Entry 5")
    pin("storm-maren", posts[4].pk, on=False, by="ines", now=clock.tick())
    expect(page.locator("article h2").first).to_have_text("Entry 12")
    assert read_headlines(page) == [f"Entry {number}" for number in range(12, 0, -1)]


def test_key_events_headline_and_state_are_updated(page: Page, posts: list[Post], clock: Clock) -> None:
    mark_key_event("storm-maren", posts[6].pk, on=True, by="ines", now=clock.tick())
    link = page.get_by_role("complementary").get_by_role("link", name="Entry 7")
    edit_blog(
        "storm-maren",
        headline="The wall is gone",
        standfirst="All are safe.",
        zone="Europe/London",
        by="ines",
        now=clock.tick(),
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("The wall is gone")
    expect(page).to_have_title(re.compile("^The wall is gone"))
    expect(page.get_by_text("All are safe.")).to_be_visible()
    if not link.is_visible():
        page.get_by_text("Key events").first.click()
        link = page.get_by_role("link", name="Entry 7").first
    link.click()
    expect(find_post(page, "Entry 7")).to_be_focused()
    expect(find_post(page, "Entry 7")).to_be_in_viewport()


def test_page_closes_its_stream_when_coverage_ends(page: Page, serving: Serving, clock: Clock) -> None:
    set_state("storm-maren", BlogState.ENDED, by="ines", now=clock.tick())
    expect(page.locator("[data-status-bar]")).to_contain_text("Ended at")
    wait_until(lambda: serving.readers == 0)
    expect(page.locator("[data-announce]")).to_contain_text("Coverage has ended")


def test_page_catches_up_at_once_when_the_browser_restores_it(
    page: Page, posts: list[Post], write: Write, clock: Clock
) -> None:
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    write("Second alarm")
    withdraw("storm-maren", posts[11].pk, note="Wrong.", by="ines", now=clock.tick())
    page.wait_for_timeout(500)
    assert "Second alarm" not in read_headlines(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(find_post(page, "Second alarm")).to_be_visible(timeout=2000)
    expect(find_post(page, "Withdrawn post")).to_have_count(1)


def test_page_shows_its_state_and_catches_up_when_the_browser_was_offline(page: Page, write: Write) -> None:
    page.context.set_offline(True)
    expect(page.locator("[data-connection]")).to_have_text(re.compile(r"^You are offline. Last update \d\d:\d\d GMT$"))
    write("Second alarm")
    page.context.set_offline(False)
    expect(find_post(page, "Second alarm")).to_be_visible()
    expect(page.locator("[data-connection]")).to_be_hidden()


def test_page_polls_when_streams_fail(context: BrowserContext, posts: list[Post], write: Write) -> None:
    context.route("**/stream?*", lambda route: route.abort())
    page = context.new_page()
    page.goto(LIVE)
    write("Second alarm")
    expect(find_post(page, "Second alarm")).to_be_visible(timeout=10_000)
    expect(page.locator("[data-connection]")).to_be_hidden()


def test_page_polls_when_a_stream_never_opens(context: BrowserContext, posts: list[Post], write: Write) -> None:
    context.route("**/stream?*", lambda route: None)
    page = context.new_page()
    page.goto(LIVE)
    write("Second alarm")
    expect(find_post(page, "Second alarm")).to_be_visible(timeout=15_000)


def test_page_reconnects_when_the_stream_sends_bye(
    context: BrowserContext, serving: Serving, blog: LiveBlog, write: Write
) -> None:
    bye = 'retry: 1000\nevent: hello\ndata: {}\n\nevent: bye\ndata: {"wait": 0.2}\n\n'
    context.route("**/stream?*", lambda route: route.fulfill(body=bye, content_type="text/event-stream"), times=1)
    page = context.new_page()
    page.goto(LIVE)
    page.wait_for_timeout(1500)  # Playwright serves its routes only while the test waits in it
    wait_until(lambda: serving.readers == 1)
    write("Second alarm")
    expect(find_post(page, "Second alarm")).to_be_visible()


def test_title_counts_new_posts_when_the_tab_is_hidden(page: Page, write: Write) -> None:
    look(page, hidden=True)
    write("Second alarm")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    look(page, hidden=False)
    expect(page).to_have_title(re.compile("^Sea wall"))


def look(page: Page, *, hidden: bool) -> None:
    """Simulate that the tab goes to the background, or returns."""
    page.evaluate("hidden => Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })", hidden)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_printed_post_has_its_date(page: Page, serving: Serving) -> None:
    date = find_post(page, "Entry 12").locator("[data-relative]")
    page.clock.set_fixed_time("2026-03-08T19:30:00Z")
    page.reload()
    expect(date).to_have_text("18 min ago")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(date).to_have_text("8 Mar 2026")


def test_long_standfirst_is_folded_on_a_phone_and_stays_as_the_reader_left_it(
    context: BrowserContext, serving: Serving, posts: list[Post], write: Write, clock: Clock
) -> None:
    head = {"headline": "Storm", "zone": "Europe/London", "by": "ines"}
    edit_blog("storm-maren", standfirst="One.\n\nTwo.\n\nThree.\n\nFour.", now=clock.tick(), **head)
    page = open_page(context, serving)
    expect(page.get_by_text("Four.")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_text("Four.")).to_be_hidden()
    page.get_by_text("More on this").click()
    write("Entry 13")
    expect(find_post(page, "Entry 13")).to_be_attached()
    expect(page.get_by_text("Four.")).to_be_visible()
    edit_blog("storm-maren", standfirst="One.\n\nTwo.\n\nThree.\n\nFive.", now=clock.tick(), **head)
    expect(page.get_by_text("Five.")).to_be_visible()


def test_page_shows_reconnecting_when_stream_and_polling_fail(context: BrowserContext, posts: list[Post]) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    context.route(re.compile("/live/.+/(stream|changes)"), refuse)
    page = context.new_page()
    page.goto(LIVE)
    expect(page.locator("[data-connection]")).to_have_text(re.compile(r"^Reconnecting… Last update"), timeout=15_000)
    context.unroute(re.compile("/live/.+/(stream|changes)"), refuse)
    expect(page.locator("[data-connection]")).to_be_hidden(timeout=30_000)


def test_page_reloads_when_the_zone_changes(page: Page, clock: Clock) -> None:
    edit_blog("storm-maren", headline="Same", standfirst="", zone="Europe/Oslo", by="ines", now=clock.tick())
    expect(page.get_by_text("CET").first).to_be_visible(timeout=10_000)


def test_older_page_counts_new_posts_and_applies_edits(
    context: BrowserContext, serving: Serving, posts: list[Post], write: Write, clock: Clock
) -> None:
    page = open_page(context, serving, f"{LIVE}/before/{posts[9].pk}")
    changed = Content(headline="Entry 9, changed", body="<p>Changed.</p>")
    update("storm-maren", posts[8].pk, changed, by="ines", now=clock.tick(), based_on=1)
    expect(find_post(page, "Entry 9, changed")).to_be_visible()
    write("Second alarm")
    expect(page.get_by_role("link", name="1 new post")).to_have_attribute("href", LIVE)
    assert "Second alarm" not in read_headlines(page)


def test_page_of_a_post_becomes_its_tombstone_when_it_is_withdrawn(
    context: BrowserContext, serving: Serving, posts: list[Post], clock: Clock
) -> None:
    page = open_page(context, serving, f"{LIVE}/posts/{posts[3].pk}")
    withdraw("storm-maren", posts[3].pk, note="Wrong.", by="ines", now=clock.tick())
    expect(find_post(page, "Withdrawn post")).to_be_visible()
    expect(page).to_have_title(re.compile("^Withdrawn post"))
    assert "Entry 4" not in page.locator("body").inner_html()


def test_link_to_a_post_is_copied(page: Page, posts: list[Post]) -> None:
    link = find_post(page, "Entry 12").locator("[data-copy-link]")
    link.click()
    expect(link).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"{LIVE}/posts/{posts[11].pk}")
    expect(link).to_have_text("Link to this post", timeout=5000)


def test_page_is_complete_without_javascript(browser: Browser, serving: Serving, posts: list[Post]) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=serving.url)
    page = context.new_page()
    page.goto(LIVE)
    assert read_headlines(page) == [f"Entry {number}" for number in range(12, 0, -1)]
    expect(page.get_by_role("link", name="Load again for new posts")).to_be_visible()
    expect(page.get_by_text("8 Mar 2026").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_on_live_pages(
    context: BrowserContext, posts: list[Post], write: Write, clock: Clock, axe_source: str, scheme: str, width: int
) -> None:
    mark_key_event("storm-maren", posts[6].pk, on=True, by="ines", now=clock.tick())
    write("Lower town evacuated", labels=("breaking", "pinned"))
    right = Content(
        headline="Entry 12", body="<blockquote><p>Right.</p><cite>Who</cite></blockquote>", bylines=("Ines",)
    )
    correct("storm-maren", posts[11].pk, right, note="Wrong.", by="ines", now=clock.tick(), based_on=1)
    withdraw("storm-maren", posts[10].pk, note="Wrong.", by="ines", now=clock.tick())
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in (
        "/",
        LIVE,
        f"{LIVE}/before/{posts[9].pk}",
        f"{LIVE}/posts/{posts[11].pk}",
        f"{LIVE}/from-the-start",
        f"{LIVE}/lite",
        "/live/nothing",
    ):
        page.goto(path)
        page.evaluate(axe_source)
        violations = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
        faults = [(rule["id"], node["html"], node["failureSummary"]) for rule in violations for node in rule["nodes"]]
        assert faults == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_long_words_and_large_text_do_not_widen_the_page(context: BrowserContext, write: Write) -> None:
    write("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 4, "https://example.test/" + "a" * 400)
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(LIVE)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.add_script_tag(url="/static/edge/live.js", type="module")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
