"""Several tabs of one browser share one stream, and hand it over."""

import time

from playwright.sync_api import BrowserContext, Page, Request, expect

from stoppress.coverage.models import Post
from stoppress.edge.live import stream_events
from tests.support.reader_browser import LIVE, Write, article, opened
from tests.support.web_server import Serving, wait_until


def second(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(LIVE)
    return page


def sent_away(context: BrowserContext, serving: Serving, seconds: float) -> list[tuple[float, str]]:
    """The server asks everybody to come back in so many seconds: after how many the browser asks, and for what."""
    asked: list[tuple[float, str]] = []
    follower, sent = serving.server._follower, time.monotonic()
    assert follower

    def note(request: Request) -> None:
        if "/stream?" in request.url:
            asked.append((time.monotonic() - sent, request.url))

    def say_bye() -> None:
        for reader in follower.hub.wheel.all_items():
            reader.end(stream_events.bye(seconds))

    context.on("request", note)
    follower._loop.call_soon_threadsafe(say_bye)
    wait_until(lambda: serving.readers == 0)
    return asked


def hears_later(tab: Page, headline: str) -> None:
    expect(article(tab, headline)).to_be_attached(timeout=15_000)


def sent_away_from_a_shared_stream(
    context: BrowserContext,
    serving: Serving,
    write: Write,
    tabs: list[Page],
) -> list[tuple[float, str]]:
    """All tabs have heard one stream; then the server asks for four seconds. As `sent_away`."""
    write("Before")
    for tab in tabs:
        expect(article(tab, "Before")).to_be_attached()
    return sent_away(context, serving, seconds=4)


def nobody_came_back_early(tabs: list[Page], serving: Serving, write: Write, asked: list[tuple[float, str]]) -> None:
    write("Meanwhile")
    for tab in tabs:
        hears_later(tab, "Meanwhile")
    assert serving.readers == len(asked) == 1
    assert asked[0][0] >= 3, "three quarters of the wait at least"


def test_two_tabs_share_one_stream(context: BrowserContext, serving: Serving, posts: list[Post], write: Write) -> None:
    tabs = [opened(context, serving), second(context), second(context)]
    for turn in range(3):
        write(f"Alarm {turn}")
        for tab in tabs:
            expect(article(tab, f"Alarm {turn}")).to_be_attached()
    assert serving.readers == 1


def test_when_the_listening_tab_closes_another_listens(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    leader, other = opened(context, serving), second(context)
    write("Both")
    expect(article(other, "Both")).to_be_attached()
    leader.close()
    write("While nobody may have listened")
    expect(article(other, "While nobody may have listened")).to_be_attached()
    wait_until(lambda: serving.readers == 1)
    write("And on")
    expect(article(other, "And on")).to_be_attached()
    assert article(other, "And on").count() == 1


def test_when_the_server_says_goodbye_no_tab_comes_back_before_its_time(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    tabs = [opened(context, serving), second(context), second(context)]
    asked = sent_away_from_a_shared_stream(context, serving, write, tabs)
    tabs.append(second(context))
    nobody_came_back_early(tabs, serving, write, asked)


def test_who_takes_over_from_a_tab_that_was_sent_away_waits_the_rest_of_its_time(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    leader, other = opened(context, serving), second(context)
    asked = sent_away_from_a_shared_stream(context, serving, write, [leader, other])
    late = second(context)
    leader.close()
    nobody_came_back_early([other, late], serving, write, asked)


def test_a_page_counts_as_come_back_when_it_had_a_stream_before(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    page, follower = opened(context, serving), serving.server._follower
    assert follower and follower.hub.counters.resumed == 0
    asked = sent_away(context, serving, seconds=0.2)
    write("Meanwhile")
    hears_later(page, "Meanwhile")
    assert [address.endswith("&again=1") for _, address in asked] == [True]
    assert follower.hub.counters.resumed == 1


def test_a_tab_that_was_opened_from_an_older_page_catches_up(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    opened(context, serving)
    late = context.new_page()
    kept = late.request.get(LIVE).body()
    write("Meanwhile")
    late.route(f"**{LIVE}", lambda route: route.fulfill(body=kept, content_type="text/html; charset=utf-8"))
    late.goto(LIVE)
    expect(article(late, "Meanwhile")).to_be_attached()
    assert serving.readers == 1


def test_without_web_locks_each_tab_has_its_own_stream(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })")
    tabs = [opened(context, serving), opened(context, serving)]
    write("Alarm")
    for tab in tabs:
        expect(article(tab, "Alarm")).to_be_attached()
    assert serving.readers == 2
