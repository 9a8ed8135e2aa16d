"""Several tabs of one browser share one stream; another tab takes it over when the leader closes."""

import time

from playwright.sync_api import BrowserContext, Page, Request, expect

from stoppress.coverage.models import Post
from stoppress.edge.live import stream_events
from tests.support.reader_browser import LIVE, Write, find_post, open_page
from tests.support.web_server import Serving, wait_until


def open_tab(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(LIVE)
    return page


def send_bye(context: BrowserContext, serving: Serving, seconds: float) -> list[tuple[float, str]]:
    """Close all streams with `bye`; return the later stream requests: seconds since then, and URL."""
    requests: list[tuple[float, str]] = []
    follower, sent_at = serving.server._follower, time.monotonic()
    assert follower

    def record(request: Request) -> None:
        if "/stream?" in request.url:
            requests.append((time.monotonic() - sent_at, request.url))

    def end_all() -> None:
        for connection in follower.hub.wheel.all_items():
            connection.end(stream_events.bye(seconds))

    context.on("request", record)
    follower._loop.call_soon_threadsafe(end_all)
    wait_until(lambda: serving.readers == 0)
    return requests


def expect_post(tab: Page, headline: str) -> None:
    expect(find_post(tab, headline)).to_be_attached(timeout=15_000)


def send_bye_to_shared_stream(
    context: BrowserContext,
    serving: Serving,
    write: Write,
    tabs: list[Page],
) -> list[tuple[float, str]]:
    """Deliver a post to all tabs over one stream, then send `bye` with four seconds; return what `send_bye` does."""
    write("Before")
    for tab in tabs:
        expect(find_post(tab, "Before")).to_be_attached()
    return send_bye(context, serving, seconds=4)


def check_no_early_reconnect(
    tabs: list[Page], serving: Serving, write: Write, requests: list[tuple[float, str]]
) -> None:
    write("Meanwhile")
    for tab in tabs:
        expect_post(tab, "Meanwhile")
    assert serving.readers == len(requests) == 1
    assert requests[0][0] >= 3, "at least three quarters of the waiting time"


def test_two_tabs_share_one_stream(context: BrowserContext, serving: Serving, posts: list[Post], write: Write) -> None:
    tabs = [open_page(context, serving), open_tab(context), open_tab(context)]
    for turn in range(3):
        write(f"Alarm {turn}")
        for tab in tabs:
            expect(find_post(tab, f"Alarm {turn}")).to_be_attached()
    assert serving.readers == 1


def test_another_tab_becomes_leader_when_the_leader_closes(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    leader, other = open_page(context, serving), open_tab(context)
    write("Both")
    expect(find_post(other, "Both")).to_be_attached()
    leader.close()
    write("While nobody may have listened")
    expect(find_post(other, "While nobody may have listened")).to_be_attached()
    wait_until(lambda: serving.readers == 1)
    write("And on")
    expect(find_post(other, "And on")).to_be_attached()
    assert find_post(other, "And on").count() == 1


def test_no_tab_reconnects_before_the_time_that_bye_names(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    tabs = [open_page(context, serving), open_tab(context), open_tab(context)]
    requests = send_bye_to_shared_stream(context, serving, write, tabs)
    tabs.append(open_tab(context))
    check_no_early_reconnect(tabs, serving, write, requests)


def test_new_leader_waits_for_the_rest_of_the_time_after_bye(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    leader, other = open_page(context, serving), open_tab(context)
    requests = send_bye_to_shared_stream(context, serving, write, [leader, other])
    late = open_tab(context)
    leader.close()
    check_no_early_reconnect([other, late], serving, write, requests)


def test_page_counts_as_reconnect_when_it_had_a_stream_before(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    page, follower = open_page(context, serving), serving.server._follower
    assert follower and follower.hub.counters.resumed == 0
    requests = send_bye(context, serving, seconds=0.2)
    write("Meanwhile")
    expect_post(page, "Meanwhile")
    assert [address.endswith("&again=1") for _, address in requests] == [True]
    assert follower.hub.counters.resumed == 1


def test_tab_catches_up_when_its_copy_is_older(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    open_page(context, serving)
    late = context.new_page()
    kept = late.request.get(LIVE).body()
    write("Meanwhile")
    late.route(f"**{LIVE}", lambda route: route.fulfill(body=kept, content_type="text/html; charset=utf-8"))
    late.goto(LIVE)
    expect(find_post(late, "Meanwhile")).to_be_attached()
    assert serving.readers == 1


def test_each_tab_has_its_own_stream_when_the_browser_lacks_web_locks(
    context: BrowserContext,
    serving: Serving,
    posts: list[Post],
    write: Write,
) -> None:
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })")
    tabs = [open_page(context, serving), open_page(context, serving)]
    write("Alarm")
    for tab in tabs:
        expect(find_post(tab, "Alarm")).to_be_attached()
    assert serving.readers == 2
