"""Subscriber pages in a real browser: with the keyboard alone, on any screen, without script."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.models import Consent, Subscription, Topic
from stoppress.subscribers.topics import active_subscriptions, add_topic, breaking_topic
from tests.factories.subscribers import (
    confirm_path,
    confirmed_subscriber,
    manage_path,
    mute_path,
    sign_up_subscriber,
    undo_path,
    unsubscribe_path,
)
from tests.support.clocks import Clock
from tests.support.web_server import Serving

LONG = "a-very-long-name.that-goes-on-and-on.and-does-not-stop" + "@" + "sub." * 20 + "example.com"
Opening = Callable[..., Page]


@pytest.fixture
def opened(serving: Serving, browser: Browser) -> Iterator[Opening]:
    """Return a function that opens a page. No page may set a cookie or violate the content security policy."""
    contexts, console_errors = [], []

    def open_page(path: str, **options: object) -> Page:
        context = browser.new_context(base_url=serving.url, **options)  # type: ignore[arg-type]  # as named there
        context.on("console", lambda line: console_errors.append(line.text) if line.type == "error" else None)
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    assert [context.cookies() for context in contexts] == [[] for _ in contexts]
    assert [one for one in console_errors if "Content Security" in one] == []
    for context in contexts:
        context.close()


def sent_in_every_state(reader: object, blog: LiveBlog, clock: Clock) -> None:
    for number, state in enumerate(DeliveryState):
        alert = Alert.objects.create(
            topic=breaking_topic(),
            blog=blog,
            subject=f"Sea wall at Port Halden gives way as Storm Maren floods the old harbour ({number})",
            headline="Sea wall gives way",
            by="ines",
            created_at=clock.tick(),
            not_after=clock() + timedelta(hours=4),
            last_source_id=10,
            intended=1,
        )
        Delivery.objects.create(
            alert=alert, subscriber=reader, lane=Lane.BREAKING, state=state, created_at=clock(), settled_at=clock()
        )


def paths(blog: LiveBlog, clock: Clock) -> list[str]:
    """Return the paths of all pages, in each state that looks different."""
    add_topic("politics", "Politics", "What parliament and government decide, and who gets to pay for it.")
    add_topic(
        "works", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamte", "A word that nothing holds."
    )
    reader = confirmed_subscriber(topic="breaking", story="storm-maren")
    sent_in_every_state(reader, blog, clock)
    new, other = (
        sign_up_subscriber("tove@example.com", topic=["breaking", "works"], story="storm-maren"),
        confirmed_subscriber("odd@example.com"),
    )
    long_named, unsubscribed = confirmed_subscriber(LONG), confirmed_subscriber("left@example.com")
    for path in (mute_path(other, blog), unsubscribe_path(long_named), unsubscribe_path(unsubscribed)):
        Client().post(path)
    left = Subscription.objects.filter(subscriber=long_named).get()
    here = manage_path(reader)
    pages = ["/alerts", "/alerts?next=storm-maren", "/alerts/embed?story=storm-maren", "/live/storm-maren"]
    pages += [
        confirm_path(new),
        confirm_path(long_named),
        here,
        f"{here}/sent",
        f"{here}/sent?before=1",
        f"{here}/erase",
    ]
    pages += [manage_path(other), manage_path(long_named), mute_path(reader, blog), mute_path(other, blog)]
    pages += ["/alerts?lang=ar&next=storm-maren", "/alerts/embed?lang=uk"]
    return [*pages, unsubscribe_path(reader), undo_path(left), "/alerts/manage/damaged"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_subscriber_pages_have_no_accessibility_violations(
    opened: Opening, blog: LiveBlog, clock: Clock, axe_source: str, settings, scheme: str, width: int
) -> None:  # type: ignore[no-untyped-def]
    settings.READERS_LANGUAGES = ["en", "cy"]
    page = opened("/alerts", viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in paths(blog, clock):
        page.goto(path)
        assert_fine(page, axe_source, width, path)
    for field, says in (("", "Please enter"), ("mari@", "Something is missing")):
        page.goto("/alerts")
        page.get_by_label("Email address").fill(field)
        page.get_by_role("button", name="Sign up").click()
        expect(page.locator("#alerts-error")).to_contain_text(says)
        expect(page.get_by_label("Email address")).to_be_focused()
        assert_fine(page, axe_source, width, f"/alerts with {field!r}")


def assert_fine(page: Page, axe_source: str, width: int, path: str) -> None:
    page.evaluate(axe_source)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    faults = [(fault["id"], node["html"], node["failureSummary"]) for fault in found for node in fault["nodes"]]
    assert faults == [], path
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_reader_signs_up_and_unsubscribes_with_the_keyboard_alone(opened: Opening, blog: LiveBlog) -> None:
    page = opened("/live/storm-maren", java_script_enabled=False)
    page.get_by_label("Breaking news", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("mari@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    subscription = Subscription.objects.select_related("topic", "subscriber").get()
    page.goto(confirm_path(subscription.subscriber, subscription.topic))
    press_button(page, "Yes, sign me up")
    expect(page.get_by_role("link", name="Choose what you get")).to_have_attribute("href", re.compile("^/alerts/link"))
    page.goto(manage_path(subscription.subscriber))
    page.get_by_role("checkbox", name="Breaking news").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    press_button(page, "Save")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    frequencies = dict(Subscription.objects.values_list("topic__slug", "frequency"))
    assert frequencies == {"breaking": "evening", "story-storm-maren": "instant"}
    page.goto(unsubscribe_path(subscription.subscriber))
    press_button(page, "Unsubscribe")
    press_button(page, "Undo")
    expect(page.get_by_role("heading", name="You are subscribed again")).to_be_visible()
    assert active_subscriptions(Topic.objects.get(blog=blog)).count() == 1
    page.goto(manage_path(subscription.subscriber))
    page.get_by_role("link", name="Erase your data").focus()
    page.keyboard.press("Enter")
    press_button(page, "Erase my data")
    expect(page.get_by_role("heading", name="Your data is erased")).to_be_visible()
    assert not Subscription.objects.filter(unsubscribed_at=None).exists()


def press_button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def test_form_preselects_the_browsers_time_zone_for_digests(opened: Opening, db: None) -> None:
    for zone in ("Asia/Tokyo", "Asia/Calcutta"):
        page = opened("/alerts", timezone_id=zone)
        expect(page.get_by_label("Your time zone")).to_be_hidden()
        page.get_by_label("Every morning").check()
        expect(page.get_by_label("Your time zone")).to_have_value(zone)


def test_address_field_is_left_to_right_on_a_right_to_left_form(opened: Opening, db: None) -> None:
    field = opened("/alerts?lang=ar").locator("#alerts-email")
    field.fill("mari@")
    assert field.evaluate("field => getComputedStyle(field).direction") == "ltr"


@pytest.fixture
def partner(serving: Serving) -> Iterator[str]:
    """Serve another site with our form in a frame; return its URL."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{serving.url}/alerts/embed" title="Alerts"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            """Write no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join(5)


def test_embedded_form_works_in_a_frame_on_another_site(opened: Opening, partner: str, blog: LiveBlog) -> None:
    frame = opened(partner).frame_locator("iframe")
    frame.get_by_label("Email address").fill("mari@example.com")
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert Consent.objects.get().origin == "/alerts/embed on 127.0.0.1"
