"""The whole path with real processes: desk to open page, sign-up to inbox, unsubscribe, and a kill in the middle."""

import email
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.smtp_server import SMTPServer
from tests.support.installation import Installation
from tests.support.web_server import wait_until

PASSWORD = "the-tide-has-turned"
LIVE = "/live/storm-maren"


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


@pytest.fixture
def installation(tmp_path: Path, relay: SMTPServer) -> Iterator[Installation]:
    made = Installation(tmp_path / "home", f"smtp://127.0.0.1:{relay.port}")
    yield made
    if made._process is not None and made._process.poll() is None:
        made.kill()


@pytest.fixture
def desk(installation: Installation, browser: Browser) -> Iterator[Page]:
    """Yield an editor's browser, logged in."""
    installation.run("people", "add", "ines", "--display", "Ines Okafor", "--password-stdin", given=PASSWORD + "\n")
    installation.start()
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{installation.url}/desk/")
    page.get_by_label("Name").fill("ines")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    yield page
    page.context.close()


@pytest.fixture
def reader(installation: Installation, desk: Page, browser: Browser) -> Iterator[Page]:
    """Yield a reader's browser; fail on errors in its console."""
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    assert page.context.cookies() == []
    page.context.close()


def open_coverage(desk: Page) -> None:
    desk.get_by_role("link", name="Open a live blog").click()
    desk.get_by_label("Headline").fill("Storm Maren")
    expect(desk.get_by_label("Address")).to_have_value("storm-maren")
    desk.get_by_label("Time zone").fill("Europe/London")
    desk.get_by_role("button", name="Open the live blog").click()
    expect(desk).to_have_url(re.compile("/desk/live/storm-maren"))


def write(desk: Page, headline: str, text: str) -> None:
    desk.get_by_role("textbox", name="Headline").fill(headline)
    desk.locator(".ProseMirror").click()
    desk.keyboard.type(text)
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#timeline").get_by_role("heading", name=headline)).to_be_visible()


def mail_to(relay: SMTPServer, address: str) -> list[EmailMessage]:
    found = [received for received in relay.accepted if received.recipient == address]
    return [email.message_from_bytes(received.data, policy=default) for received in found]  # type: ignore[arg-type]


def link_in(message: EmailMessage, kind: str) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return re.findall(rf"http\S+/alerts/{kind}/\S+", body.get_content())[0]


def sign_up(reader: Page, relay: SMTPServer, url: str, address: str) -> None:
    reader.goto(url)
    reader.get_by_label("Email address").first.fill(address)
    reader.get_by_role("button", name=re.compile("Sign up")).first.click()
    wait_until(lambda: mail_to(relay, address))
    reader.goto(link_in(mail_to(relay, address)[0], "confirm"))
    reader.get_by_role("button").first.click()
    expect(reader.locator("main")).to_contain_text(re.compile("signed up|confirmed", re.IGNORECASE))


def send_alert(desk: Page, headline: str) -> None:
    row = desk.locator(".row", has=desk.get_by_role("heading", name=headline))
    row.get_by_role("link", name="Send as alert").click()
    expect(desk.get_by_text("1 reader of Breaking news, at once")).to_be_visible()
    desk.get_by_role("button", name="Send to 1 reader").click()
    expect(desk.get_by_text("Done.")).to_be_visible(timeout=15_000)


def test_post_reaches_page_and_inbox_and_subscriber_unsubscribes(installation, desk, reader, relay):
    open_coverage(desk)
    reader.goto(installation.url + LIVE)
    loaded = reader.evaluate("window.marked = Math.random()")

    write(desk, "Lower town evacuated", "Everyone below Quay Street has been told to leave.")
    expect(reader.get_by_role("heading", name="Lower town evacuated")).to_be_visible(timeout=5000)
    assert reader.evaluate("window.marked") == loaded, "the page was loaded again"

    sign_up(reader, relay, installation.url + LIVE, "amina@readers.example")
    send_alert(desk, "Lower town evacuated")
    wait_until(lambda: len(mail_to(relay, "amina@readers.example")) == 2)
    alert = mail_to(relay, "amina@readers.example")[1]
    assert alert["Subject"] == "Lower town evacuated" and alert["From"] == "The Halden Courier <alerts@halden.test>"
    assert alert["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and alert["Auto-Submitted"]

    leave = link_in(alert, "unsubscribe")
    reader.goto(leave)
    with reader.expect_response(lambda answer: answer.request.method == "POST"):
        reader.get_by_role("button").first.click()
    desk.goto(f"{installation.url}/desk/live/storm-maren")
    desk.locator(".row").first.get_by_role("link", name="Send as alert").click()
    expect(desk.get_by_text("0 readers of Breaking news, at once")).to_be_visible()
    assert len(mail_to(relay, "amina@readers.example")) == 2
    assert installation.stop() == 0
    wait_until(lambda: not installation.mailers())


def test_correction_reaches_the_open_page_in_place(installation, desk, reader):
    open_coverage(desk)
    write(desk, "Ferry waits", "There are 412 people on board.")
    reader.goto(installation.url + LIVE)
    desk.get_by_role("link", name="Correct").click()
    desk.locator("#note").fill("We said 412. There are 212.")
    desk.locator(".ProseMirror").click()
    desk.keyboard.press("Control+A")
    desk.keyboard.type("There are 212 people on board.")
    desk.get_by_role("button", name="Publish correction").click()
    post = reader.locator("article").first
    expect(post).to_contain_text("There are 212 people on board.", timeout=5000)
    expect(post).to_contain_text("We said 412. There are 212.")
    assert "There are 412" not in post.inner_text()


READERS = """
from datetime import UTC, datetime
from stoppress.subscribers.models import Subscriber, Subscription
from stoppress.subscribers.topics import breaking_topic
now, topic = datetime.now(UTC), breaking_topic()
names = [f"r{number}@readers.example" for number in range(COUNT)]
Subscriber.objects.bulk_create([Subscriber(email=name, key=name, requested_at=now, confirmed_at=now) for name in names])
Subscription.objects.bulk_create(
    [Subscription(topic=topic, subscriber=one, requested_at=now, confirmed_at=now) for one in Subscriber.objects.all()]
)
"""
ALERT = """
from uuid import UUID
from datetime import UTC, datetime
from stoppress.alerts.actions import SendRequest, send_alert
from stoppress.coverage import actions
from stoppress.coverage.post_content import Content
now = datetime.now(UTC)
actions.open_blog(slug="storm-maren", headline="Storm Maren", zone="Europe/London", by="ines", now=now)
post = actions.publish("storm-maren", Content(headline="Lower town evacuated"), by="ines", now=now)
request = SendRequest("storm-maren", post.pk, UUID(int=7), urgency="flash", subject="Lower town evacuated",
                      summary="Leave now.")
send_alert(request, by="ines", now=now)
"""
STATES = """
from collections import Counter
from stoppress.delivery.models import Delivery
print(dict(Counter(Delivery.objects.values_list("state", flat=True))))
"""


def states(installation: Installation) -> dict[str, int]:
    found: dict[str, int] = eval(installation.python(STATES))
    return found


@pytest.mark.parametrize("death", ["kill", "kill_web_only"])
def test_each_subscriber_gets_one_mail_when_the_server_is_killed(installation, relay, death):
    count = 300
    relay.delay_replies(0.01)
    installation.start()
    installation.python(READERS.replace("COUNT", str(count)))
    installation.python(ALERT)
    wait_until(lambda: len(relay.accepted) > 40, 30)
    getattr(installation, death)()
    wait_until(lambda: not installation.mailers(), 30)
    assert len(relay.accepted) < count, "the kill came too late to show anything"

    installation.start()
    open_states = {"pending", "in_flight", "deferred"}
    wait_until(lambda: not open_states & set(states(installation)), 60, every=0.5)
    found = states(installation)
    assert set(found) <= {"accepted", "uncertain"} and sum(found.values()) == count
    if death == "kill_web_only":
        assert found == {"accepted": count}, "a mailer whose parent is gone finishes what it has in hand"
    recipients = [received.recipient for received in relay.accepted]
    assert len(recipients) == len(set(recipients)), "somebody was mailed twice"
    assert len(recipients) >= found["accepted"]
    assert count - len(recipients) <= found.get("uncertain", 0), "whoever got nothing is known as uncertain"
