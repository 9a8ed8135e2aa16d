"""Topics at the desk in a real browser: by keyboard, on a phone, in dark mode, and by axe."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.people import create_user
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import add_topic
from tests.support.desk_browser import collect_errors, log_in
from tests.support.web_server import Serving

LONG = "Everything that parliament, government and the courts decide, and who gets to pay for it in the end."


@pytest.fixture
def desk(serving: Serving, blog: LiveBlog, browser: Browser) -> Iterator[Page]:
    create_user("ines", "correct-horse-9", "admin", display="Ines Okafor")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=serving.url)
    page = context.new_page()
    complaints = collect_errors(page)
    log_in(page)
    page.goto("/desk/")
    yield page
    context.close()
    assert complaints == []


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element named `name` has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(a => a.getAttribute('aria-label') || a.labels?.[0]?.textContent || a.textContent)(document.activeElement)"
        )
        if focused.strip() == name:
            return
    raise AssertionError(f"no way by the keyboard to {name}")


def test_topic_is_managed_by_keyboard(desk: Page) -> None:
    for name in ("Topics", "Add a topic"):
        tab_to(desk, name)
        desk.keyboard.press("Enter")
        expect(desk.get_by_role("heading", level=1, name=name)).to_be_visible()
    tab_to(desk, "Name")
    desk.keyboard.type("Home affairs")
    desk.keyboard.press("Tab")
    expect(desk.get_by_label("Address")).to_have_value("home-affairs")
    desk.keyboard.press("Tab")
    desk.keyboard.type("What is decided.")
    tab_to(desk, "Add the topic")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status").filter(has_text="Readers can now sign up for “Home affairs”.")).to_be_visible()
    tab_to(desk, "Edit Home affairs")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1, name="Edit a topic")).to_be_visible()
    tab_to(desk, "Name")
    desk.keyboard.press("Control+A")
    desk.keyboard.type("Politics")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("row", name="Politics")).to_be_visible()
    tab_to(desk, "Retire Politics")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Retire “Politics”?")).to_be_visible()
    tab_to(desk, "Retire the topic")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("region", name="Retired")).to_contain_text("Politics")
    tab_to(desk, "Bring Politics back")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status").filter(has_text="again")).to_be_visible()
    topic = Topic.objects.get(slug="home-affairs")
    assert (topic.name, topic.description, topic.retired_at) == ("Politics", "What is decided.", None)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_every_screen_passes_axe_and_fits(desk: Page, axe_source: str, scheme: str, width: int) -> None:
    add_topic("politics", f"Politics and {'everything' * 4} around it that has a long name", LONG)
    add_topic("sport", "Sport")
    Topic.objects.filter(slug="sport").update(retired_at="2026-03-08T20:04:00Z")
    desk.emulate_media(color_scheme=scheme)
    desk.set_viewport_size({"width": width, "height": 800})
    for path in ("/desk/topics", "/desk/add-topic", "/desk/topics/politics", "/desk/topics/politics/retire"):
        desk.goto(path)
        desk.evaluate(axe_source)
        assert desk.evaluate("axe.run().then(found => found.violations.map(one => one.id))") == []
        assert desk.evaluate("document.documentElement.scrollWidth") <= width
