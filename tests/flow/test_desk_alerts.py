"""An editor sends an alert and follows its receipt in a real browser: by keyboard, on a phone, in dark mode."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from stoppress.alerts import actions
from stoppress.coverage.actions import publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Alert, Delivery
from stoppress.desk.access.people import create_user
from tests.factories.alerts import add_subscribers, send_with_request
from tests.support.desk_browser import collect_errors, log_in
from tests.support.web_server import Serving

DESK = "/desk/live/storm-maren"
LONG = "Lower town told to leave after the second alarm at the sea wall: buses run from the fish market " * 2


@pytest.fixture
def clock():
    return lambda: datetime.now(UTC)


@pytest.fixture
def post(blog: LiveBlog, clock, settings) -> Post:
    settings.RESOLVER = "off"
    add_subscribers(5, clock())
    words = "<p>Everyone below Quay Street must leave.</p>"
    return publish("storm-maren", Content("Lower town told to leave", words), by="ines", now=clock())


@pytest.fixture
def desk(serving: Serving, post: Post, browser: Browser) -> Iterator[Page]:
    create_user("ines", "correct-horse-9", "editor", display="Ines Okafor")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=serving.url)
    page = context.new_page()
    complaints = collect_errors(page)
    log_in(page)
    yield page
    context.close()
    assert complaints == []


def send(post: Post, **more: object) -> Alert:
    facts = {"alert_id": uuid4(), "blog_slug": "storm-maren", "post_id": post.pk, "subject": "Lower town told to leave"}
    facts |= {"summary": "Go.", "by": "tom", "now": datetime.now(UTC), "topic": actions.breaking_topic(), "again": True}
    return send_with_request(**(facts | more))


def test_preview_follows_the_form(desk: Page, post: Post) -> None:
    desk.goto(f"{DESK}/posts/{post.pk}/alert")
    length = desk.locator("[data-length-of=subject]")
    expect(length).to_contain_text("24 characters.")
    desk.get_by_label("Subject").fill("Everybody in the lower town must leave at once")
    expect(length).to_contain_text("46 characters. “Everybody in the lower town must leave a…”")
    desk.get_by_label("Text below the headline").fill("Buses run.")
    expect(desk.frame_locator("[data-mail-frame=light]").get_by_text("Buses run.").last).to_be_visible()
    desk.get_by_text("Dark", exact=True).click()
    expect(desk.frame_locator("[data-mail-frame=dark]").get_by_text("Buses run.").last).to_be_visible()
    desk.get_by_text("Text", exact=True).click()
    expect(desk.get_by_label("The mail as plain text")).to_contain_text("Buses run.")
    expect(desk.locator("#preflight")).to_contain_text("Relay.")


def test_send_is_disabled_while_a_finding_forbids_it(desk: Page, post: Post) -> None:
    desk.goto(f"{DESK}/posts/{post.pk}/alert")
    button = desk.get_by_role("button", name="Send to 5 readers")
    expect(button).to_be_enabled()
    desk.evaluate("document.querySelector('#summary').maxLength = 5000")
    desk.get_by_label("Text below the headline").fill("x" * 2001)
    expect(button).to_be_disabled()
    expect(desk.locator("#preflight")).to_contain_text("It cannot be sent like this.")
    desk.get_by_label("Text below the headline").fill("Buses run.")
    expect(button).to_be_enabled()


def test_alert_is_sent_and_undone_by_keyboard(desk: Page, post: Post) -> None:
    desk.goto(f"{DESK}/posts/{post.pk}/alert")
    desk.get_by_label("Hold it back for").select_option("10")
    desk.get_by_label("Subject").focus()
    desk.keyboard.press("Control+a")
    desk.keyboard.type("Leave the lower town now")
    for _ in range(30):
        desk.keyboard.press("Tab")
        if desk.evaluate("document.activeElement.matches('[data-send]')"):
            break
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/alerts/**")
    expect(desk.locator("#receipt")).to_contain_text("Sending starts in")
    undo = desk.get_by_role("button", name="Undo")
    undo.focus()
    desk.wait_for_timeout(1500)  # The receipt refreshes each second; the focus must stay.
    assert undo.evaluate("button => button === document.activeElement")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Taken back. No message was sent.")).to_be_visible()
    alert = Alert.objects.get()
    assert alert.subject == "Leave the lower town now" and alert.halted_at


def test_enter_in_the_test_address_sends_no_alert(desk: Page, post: Post) -> None:
    desk.goto(f"{DESK}/posts/{post.pk}/alert")
    desk.get_by_label("Send a test to").fill("ines@example.org")
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Send a test to")).to_have_value("ines@example.org")
    assert not Alert.objects.exists()


def test_receipt_and_buttons_refresh_automatically(desk: Page, post: Post) -> None:
    alert = send(post, terms=actions.SendTerms(undo=timedelta(seconds=2)))
    desk.goto(f"{DESK}/alerts/{alert.pk}")
    expect(desk.get_by_role("button", name="Undo")).to_be_visible()
    expect(desk.get_by_role("button", name="Halt now")).to_be_visible(timeout=15_000)
    freeze(alert)
    Delivery.objects.filter(alert=alert).update(
        state=State.ACCEPTED, next_attempt_at=None, settled_at=datetime.now(UTC)
    )
    expect(desk.locator("#receipt")).to_contain_text("Done.", timeout=15_000)
    expect(desk.get_by_role("button", name="Halt now")).to_have_count(0)


def freeze(alert: Alert) -> None:
    from stoppress.delivery.recipients.materialise_recipients import materialise_batch

    while materialise_batch(now=datetime.now(UTC)):
        pass


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark"), (320, "light")])
def test_every_screen_passes_axe_and_fits(desk: Page, post: Post, axe_source: str, width: int, scheme: str) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    desk.emulate_media(color_scheme=scheme)
    held = send(post, terms=actions.SendTerms(undo=timedelta(minutes=5)), subject=LONG[:200])
    awaited = send(post, terms=actions.SendTerms(approval_above=1))
    doubtful = send(post)
    freeze(doubtful)
    Delivery.objects.filter(alert=doubtful).update(
        state=State.UNCERTAIN, next_attempt_at=None, settled_at=datetime.now(UTC)
    )
    halted = send(post)
    actions.kill_alert(halted, by="tom", now=datetime.now(UTC))
    pages = [f"{DESK}/posts/{post.pk}/alert", f"{DESK}/alert", f"{DESK}/posts/{post.pk}/alert?corrects={doubtful.pk}"]
    pages += [f"{DESK}/alerts/{alert.pk}" for alert in (held, awaited, doubtful, halted)]
    pages += [f"{DESK}/alerts/{doubtful.pk}/uncertain", f"{DESK}/alerts/{doubtful.pk}/speed", DESK]
    for page in pages:
        desk.goto(page)
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), page
        desk.evaluate(axe_source)
        found = desk.evaluate("axe.run()")["violations"]
        assert [(page, each["id"], each["nodes"][0]["html"]) for each in found] == []
