"""Send a post as an alert, halt it by a correction, and read the inbox of stored mail."""

import re
from pathlib import Path

import pytest
from django.http import Http404
from django.test import Client, RequestFactory

from stoppress.coverage.actions import correct, publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.delivery.models import Alert
from stoppress.desk.access.people import create_user
from stoppress.desk.views.kept_mail import open_inbox
from stoppress.smtp.relay_url import parse_relays
from stoppress.subscribers.models import Subscriber, Subscription
from stoppress.subscribers.topics import breaking_topic
from tests.factories.alerts import alert_form_data

DESK = "/desk/live/storm-maren"
READERS = 3


@pytest.fixture
def desk(blog: LiveBlog, client: Client) -> Client:
    client.force_login(create_user("ines", "correct-horse-9", "admin"))
    return client


@pytest.fixture
def post(blog: LiveBlog, clock) -> Post:
    words = "<p>Everyone below Quay Street must leave.</p>"
    return publish("storm-maren", Content("Lower town told to leave", words), by="ines", now=clock())


@pytest.fixture
def readers(db, clock) -> None:
    for number in range(READERS):
        email = f"reader{number}@example.com"
        subscriber = Subscriber.objects.create(email=email, key=email, requested_at=clock(), confirmed_at=clock())
        Subscription.objects.create(
            topic=breaking_topic(), subscriber=subscriber, requested_at=clock(), confirmed_at=clock()
        )


def test_composer_shows_text_and_number_of_recipients(desk: Client, post: Post, readers: None) -> None:
    page = desk.get(f"{DESK}/posts/{post.pk}/alert").content.decode()
    assert "Send to 3 readers" in page
    assert "Everyone below Quay Street must leave." in page
    assert 'sandbox="' in page and f"/posts/{post.pk}/alert/preview" in page


@pytest.mark.parametrize("relay", ["", "smtp://relay.example"])
def test_screens_warn_when_no_relay_is_set(desk: Client, post: Post, readers: None, settings, relay: str) -> None:
    settings.RELAYS = parse_relays(relay)
    screen = desk.get(f"{DESK}/posts/{post.pk}/alert")
    ledger = desk.post(f"{DESK}/posts/{post.pk}/alert", alert_form_data(), follow=True)
    for page in (screen, ledger):
        assert ("No mail is sent" in page.content.decode()) is not bool(relay)


def test_send_is_disabled_without_recipients(desk: Client, post: Post) -> None:
    page = desk.get(f"{DESK}/posts/{post.pk}/alert").content.decode()
    assert "Send to 0 readers" in page and "disabled" in page


def test_send_redirects_to_the_receipt_and_a_repeat_changes_nothing(desk: Client, post: Post, readers: None) -> None:
    given = alert_form_data()
    first, second = (desk.post(f"{DESK}/posts/{post.pk}/alert", given) for _ in range(2))
    assert first["Location"] == second["Location"] == f"{DESK}/alerts/{given['alert_id']}"
    assert Alert.objects.get().by == "ines"
    page = desk.get(first["Location"]).content.decode()
    assert "Sending: 0 of 3" in page and 'hx-trigger="every 2s"' in page and "waiting" in page
    part = desk.get(first["Location"], headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div class="receipt"')


def test_second_alert_about_a_post_needs_confirmation(desk: Client, post: Post, readers: None) -> None:
    desk.post(f"{DESK}/posts/{post.pk}/alert", alert_form_data())
    refused = desk.post(f"{DESK}/posts/{post.pk}/alert", alert_form_data(subject="Again, please"))
    page = refused.content.decode()
    assert refused.status_code == 422 and "already been sent" in page and "Again, please" in page
    assert desk.post(f"{DESK}/posts/{post.pk}/alert", alert_form_data(again="1")).status_code == 302
    assert Alert.objects.count() == 2


def test_invalid_subject_shows_an_error_and_keeps_the_id(desk: Client, post: Post, readers: None) -> None:
    given = alert_form_data(subject=" ", summary="Kept.")
    answer = desk.post(f"{DESK}/posts/{post.pk}/alert", given)
    page = answer.content.decode()
    assert answer.status_code == 422 and "needs a subject" in page and "Kept." in page and given["alert_id"] in page
    assert not Alert.objects.exists()


def test_mail_preview_is_sandboxed(desk: Client, post: Post, readers: None) -> None:
    answer = desk.post(f"{DESK}/posts/{post.pk}/alert/preview", {"subject": "New subject"})
    policy = answer["Content-Security-Policy"]
    assert "New subject" in answer.content.decode()
    assert "default-src 'none'" in policy and "sandbox" in policy and "script-src" not in policy
    assert "frame-ancestors 'self'" in policy and answer["X-Frame-Options"] == "SAMEORIGIN"
    text = desk.post(f"{DESK}/posts/{post.pk}/alert/text", {"summary": "Other words."})
    assert "Other words." in text.content.decode() and text["Content-Type"].startswith("text/plain")
    bad = desk.get(f"{DESK}/posts/{post.pk}/alert/preview", {"urgency": "<b>"})
    assert bad["Content-Type"].startswith("text/plain")


def test_words_of_an_unsent_alert_are_in_no_address(desk: Client, post: Post, readers: None) -> None:
    alert = f"{DESK}/posts/{post.pk}/alert"
    page = desk.post(alert, alert_form_data(subject="", summary="Unsentwords.") | {"do": "check"}).content.decode()
    assert "Unsentwords." in page and not re.search(r'(?:src|href|action)="[^"]*Unsentwords', page)
    ignored = desk.get(f"{alert}/preview", {"subject": "Unsentwords", "summary": "Unsentwords"})
    assert ignored.status_code == 200 and "Unsentwords" not in ignored.content.decode()
    assert desk.get(f"{alert}/text", {"summary": "Unsentwords"}).status_code == 405


@pytest.mark.parametrize(
    ("page", "given"),
    [
        (
            "correct",
            {
                "headline": "Upper town told to leave",
                "based_on": "1",
                "note": "The upper town.",
                "notice": "correction",
            },
        ),
        ("withdraw", {"note": "It was not so."}),
    ],
)
def test_change_of_the_post_halts_unsent_deliveries_and_informs_the_editor(
    desk, post, readers, page: str, given: dict
) -> None:
    desk.post(f"{DESK}/posts/{post.pk}/alert", alert_form_data())
    assert "Sent as an alert" in desk.get(f"{DESK}/posts/{post.pk}/{page}").content.decode()
    told = desk.post(f"{DESK}/posts/{post.pk}/{page}", given, follow=True).content.decode()
    assert "Stopped before it reached 3 readers" in told
    assert "3 halted" in told
    ledger = desk.get(f"{DESK}/alerts/{Alert.objects.get().pk}").content.decode()
    assert "Halted at" in ledger and "every 2s" not in ledger


def test_withdrawn_post_cannot_be_sent_as_alert(desk: Client, post: Post, readers: None) -> None:
    desk.post(f"{DESK}/posts/{post.pk}/withdraw", {"note": "No."})
    assert "cannot be sent as an alert" in desk.get(f"{DESK}/posts/{post.pk}/alert", follow=True).content.decode()
    desk.post(f"{DESK}/posts/{post.pk}/alert", alert_form_data())
    assert not Alert.objects.exists()


MAIL = b"""From: The Halden Courier <alerts@halden.test>
To: reader@example.com
Subject: Lower town told to leave
Date: Sun, 08 Mar 2026 20:04:11 +0000
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Leave now.
--x
Content-Type: text/html; charset=utf-8

<p style="color:red">Leave now.</p><script>x()</script>
--x--
"""


@pytest.fixture
def kept(settings, tmp_path: Path) -> str:
    settings.KEPT_MAIL = tmp_path
    name = "20260308T200411-1.eml"
    (tmp_path / name).write_bytes(MAIL.replace(b"\n", b"\r\n"))
    return name


def test_inbox_explains_that_mail_is_stored_and_not_sent(desk: Client, kept: str) -> None:
    page = desk.get("/desk/inbox").content.decode()
    assert "STOPPRESS_SMTP_URL is not set" in page and "Lower town told to leave" in page


def test_demo_inbox_explains_that_nothing_leaves_the_machine(desk: Client, kept: str, settings) -> None:
    settings.DEMO, settings.RELAYS = True, parse_relays("smtp://127.0.0.1:2525")
    assert "Nothing leaves this machine" in desk.get("/desk/inbox").content.decode()


def test_empty_inbox_shows_a_hint(desk: Client, settings, tmp_path: Path) -> None:
    settings.KEPT_MAIL = tmp_path / "none"
    assert "No mail yet" in desk.get("/desk/inbox").content.decode()


def test_message_is_shown_as_html_text_and_headers(desk: Client, kept: str) -> None:
    page = desk.get(f"/desk/inbox/{kept}").content.decode()
    assert f'src="/desk/inbox/{kept}/html"' in page and 'sandbox="' in page
    assert "Leave now." in desk.get(f"/desk/inbox/{kept}?part=text").content.decode()
    assert "alerts@halden.test" in desk.get(f"/desk/inbox/{kept}?part=headers").content.decode()
    frame = desk.get(f"/desk/inbox/{kept}/html")
    assert "sandbox" in frame["Content-Security-Policy"] and "default-src 'none'" in frame["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["..", "none.eml", "%2e%2e%2fsecret.key"])
def test_unknown_message_name_gets_404(desk: Client, kept: str, name: str) -> None:
    assert desk.get(f"/desk/inbox/{name}").status_code == 404


@pytest.mark.urls("stoppress.desk.demo_urls")
def test_demo_inbox_needs_no_log_in(db, client: Client, kept: str) -> None:
    from stoppress.desk.views import kept_mail

    request = client.get("/").wsgi_request
    page = kept_mail.open_message(request, name=kept).content.decode()
    assert f'src="/inbox/{kept}/html"' in page


def test_alert_is_not_sent_when_its_post_changed_meanwhile(desk: Client, post: Post, readers: None, clock) -> None:
    better = Content("Lower town may stay", "<p>Nobody has to leave.</p>")
    correct("storm-maren", post.pk, better, note="Wrong order.", by="tom", now=clock.tick(), based_on=1)
    given = alert_form_data()
    answer = desk.post(f"{DESK}/posts/{post.pk}/alert", given)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Alert.objects.exists()
    assert "was changed while you wrote the alert" in page and 'name="revision" value="2"' in page
    assert desk.post(f"{DESK}/posts/{post.pk}/alert", given | {"revision": "2"}).status_code == 302
    assert Alert.objects.get().post_revision == 2


def test_open_inbox_answers_loopback_addresses_only() -> None:
    for peer, found in (("127.0.0.1", True), ("::1", True), ("203.0.113.9", False), ("", False)):
        request = RequestFactory().get("/inbox", REMOTE_ADDR=peer)
        if found:
            assert open_inbox(request).status_code == 200
        else:
            with pytest.raises(Http404):
                open_inbox(request)
