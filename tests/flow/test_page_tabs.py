"""Several tabs of one browser share one stream, and hand it over."""

from playwright.sync_api import BrowserContext, Page, expect

from stoppress.coverage.models import Post
from tests.flow.test_page_live import LIVE, Write, article, context, opened, posts, write  # noqa: F401  (fixtures)
from tests.serving import Serving, wait_until


def second(context: BrowserContext) -> Page:  # noqa: F811
    page = context.new_page()
    page.goto(LIVE)
    return page


def test_two_tabs_share_one_stream(context: BrowserContext, serving: Serving, posts: list[Post], write: Write) -> None:  # noqa: F811
    tabs = [opened(context, serving), second(context), second(context)]
    for turn in range(3):
        write(f"Alarm {turn}")
        for tab in tabs:
            expect(article(tab, f"Alarm {turn}")).to_be_attached()
    assert serving.readers == 1


def test_when_the_listening_tab_closes_another_listens(
    context: BrowserContext,  # noqa: F811
    serving: Serving,
    posts: list[Post],  # noqa: F811
    write: Write,  # noqa: F811
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


def test_a_tab_that_was_opened_from_an_older_page_catches_up(
    context: BrowserContext,  # noqa: F811
    serving: Serving,
    posts: list[Post],  # noqa: F811
    write: Write,  # noqa: F811
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
    context: BrowserContext,  # noqa: F811
    serving: Serving,
    posts: list[Post],  # noqa: F811
    write: Write,  # noqa: F811
) -> None:
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })")
    tabs = [opened(context, serving), opened(context, serving)]
    write("Alarm")
    for tab in tabs:
        expect(article(tab, "Alarm")).to_be_attached()
    assert serving.readers == 2
