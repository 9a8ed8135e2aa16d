"""The readership in the bar of the desk, in a real browser."""

import re

from playwright.sync_api import Browser, Page, expect

from stoppress.coverage.actions import publish
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import find_blog
from stoppress.service.monitoring.process_figures import read_all, sum_for_live_blog
from stoppress.service.notifications.transports import process_socket
from tests.support.clocks import Clock
from tests.support.web_server import Serving, wait_until


def refresh_readership(page: Page) -> None:
    """Trigger the refresh that runs when the page becomes visible, and every five seconds."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def is_recorded(readers: int) -> bool:
    """Return True if the web process has stored that `readers` connections have the newest change."""
    found = sum_for_live_blog(read_all(process_socket().folder), "storm-maren")
    newest = found["seq"] == find_blog("storm-maren").seq
    return newest and (found["readers"], found["holding"]) == (readers, readers)


def test_bar_shows_readers_and_delivery_of_the_newest_post(
    desk: Page, serving: Serving, browser: Browser, clock: Clock
) -> None:
    summary = desk.locator("[data-readers]")
    wait_until(lambda: serving.readers == 1 and is_recorded(1))  # the desk itself
    refresh_readership(desk)
    expect(summary).to_have_text(re.compile("^1 reading · newest post at 100 %"))

    others = browser.new_context()
    for _ in range(2):  # two tabs of one browser share a stream
        others.new_page().goto(f"{serving.url}/live/storm-maren")
    another = browser.new_context()
    another.new_page().goto(f"{serving.url}/live/storm-maren")
    wait_until(lambda: serving.readers == 3 and is_recorded(3))
    refresh_readership(desk)
    expect(summary).to_have_text(re.compile("^3 reading · newest post at "))

    publish("storm-maren", Content(headline="Second alarm"), by="ines", now=clock.tick())
    wait_until(lambda: is_recorded(3))
    refresh_readership(desk)
    expect(summary).to_have_text(re.compile(r"^3 reading · newest post at 99 % in \d"))
    summary.locator("summary").press("Enter")
    expect(summary.get_by_text(re.compile(r"^Half of them had the newest post in \d"))).to_be_visible()
    others.close()
    another.close()
