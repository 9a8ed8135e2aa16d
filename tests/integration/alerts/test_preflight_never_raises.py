"""A preflight never raises: when any of its checks fails, the screen is shown and Send is possible."""

from typing import Any, NoReturn
from uuid import uuid4

import dns.resolver
import pytest
from django.test import Client

from stoppress.alerts.preflight import (
    MailEnvironment,
    Severity,
    check_environment,
    dns_checks,
    message_checks,
    run_checks,
)
from stoppress.coverage.actions import publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.delivery.models import Alert
from stoppress.desk import internal_fetch
from stoppress.desk.access.api_tokens import create_token
from stoppress.desk.access.people import create_user
from stoppress.desk.api import alerts as api_alerts
from stoppress.desk.screens import alert_composer
from stoppress.desk.views import alerts as desk_alerts
from stoppress.smtp import RelayAddress
from tests.factories.alerts import alert_form_data
from tests.fakes.name_server import NameServer
from tests.support.api_client import Caller

NOTE = "Could not be checked: the check itself failed."
DRAFT_CHECKS = [
    (run_checks, "render_sample", "Mail"),
    (run_checks, "check_message", "Message"),
    (run_checks, "check_links", "Links"),
    (run_checks, "extract_part", "Links"),
    (message_checks, "check_subject", "Subject"),
    (message_checks, "check_size", "Size"),
    (message_checks, "check_plain_text", "Plain text"),
    (message_checks, "check_pictures", "Pictures"),
    (message_checks, "check_unsubscribe_headers", "Unsubscribe"),
    (alert_composer, "fetch_own_status", "Links"),
    (internal_fetch, "resolve", "Other pages of this site"),
]
ENVIRONMENT_CHECKS = [
    (run_checks, "check_relays", "Relay"),
    (run_checks, "check_records", "DNS"),
    (run_checks, "DnsLookup", "DNS"),
    (dns_checks, "check_spf", "SPF"),
    (dns_checks, "check_dkim", "DKIM"),
    (dns_checks, "check_dmarc", "DMARC"),
    (dns_checks, "check_alignment", "Alignment"),
    (run_checks, "check_sending_addresses", "Reverse DNS"),
    (run_checks, "check_one_click_signature", "One-click unsubscribe"),
]


class UnexpectedError(Exception):
    """An error that no check expects."""


def fail(*arguments: Any, **options: Any) -> NoReturn:
    raise UnexpectedError


@pytest.fixture
def post(blog: LiveBlog, clock, settings, tmp_path) -> Post:
    settings.RESOLVER, settings.KEPT_MAIL = "off", tmp_path
    body = "<p>Everyone below Quay Street must leave.</p>"
    return publish("storm-maren", Content("Lower town told to leave", body), by="ines", now=clock())


@pytest.fixture
def desk(blog: LiveBlog, client: Client) -> Client:
    client.force_login(create_user("ines", "correct-horse-9", "editor"))
    return client


@pytest.mark.parametrize(("module", "name", "finding"), DRAFT_CHECKS, ids=[name for _, name, _ in DRAFT_CHECKS])
def test_alert_is_shown_and_sent_when_a_check_of_the_mail_fails(
    desk: Client, post: Post, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, finding: str
) -> None:
    monkeypatch.setattr(module, name, fail)
    if name == "fetch_own_status":
        monkeypatch.setattr(desk_alerts, name, fail)
        monkeypatch.setattr(api_alerts, name, fail)
    path = f"/desk/live/storm-maren/posts/{post.pk}/alert"
    shown = desk.post(f"{path}/check", alert_form_data())
    page = " ".join(shown.content.decode().split())
    assert shown.status_code == 200 and 'data-ready="yes"' in page
    assert finding in page and (NOTE in page or "Not checked: /live/storm-maren" in page)
    assert desk.get(path).status_code == 200
    assert desk.post(path, alert_form_data()).status_code == 302
    api = Caller(create_token("robot", ["alerts:read", "alerts:send"]))
    body = {"id": str(uuid4()), "post": str(post.pk), "subject": "Leave now", "again": True}
    assert api("POST", "/api/v1/live/storm-maren/alerts", body, Idempotency_Key="k").status_code == 201
    assert Alert.objects.count() == 2


@pytest.mark.parametrize(
    ("module", "name", "finding"), ENVIRONMENT_CHECKS, ids=[name for _, name, _ in ENVIRONMENT_CHECKS]
)
def test_environment_check_is_a_note_when_it_fails(
    monkeypatch: pytest.MonkeyPatch, settings, module: Any, name: str, finding: str
) -> None:
    with NameServer({}) as server:
        monkeypatch.setattr(module, name, fail)
        found = check_environment(MailEnvironment(selectors=["k1"], resolver=server.address))
    assert [(one.name, one.severity) for one in found if one.message == NOTE] == [(finding, Severity.NOTE)]


def test_screen_is_shown_when_the_environment_check_fails(
    desk: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_composer, "check_environment", fail)
    shown = desk.post(f"/desk/live/storm-maren/posts/{post.pk}/alert", alert_form_data(do="check"))
    assert shown.status_code == 200 and NOTE in shown.content.decode() and not Alert.objects.exists()


@pytest.mark.parametrize(
    "error", [OSError("no route"), ValueError("label too long"), UnicodeError("idna"), UnexpectedError()]
)
def test_preflight_does_not_stop_send_when_the_relay_is_unreachable(monkeypatch: pytest.MonkeyPatch, error) -> None:
    async def connect(self: Any) -> NoReturn:
        raise error

    monkeypatch.setattr("stoppress.alerts.preflight.relay_checks.RelayConnection.connect", connect)
    environment = MailEnvironment([RelayAddress.parse("smtp://relay.test:25")], resolver="off")
    [finding] = [each for each in check_environment(environment) if each.name in ("Relay", "TLS")]
    assert finding.severity in (Severity.WARNING, Severity.NOTE)


def test_preflight_adds_a_note_when_the_resolver_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns.resolver, "Resolver", fail)
    severities = {each.name: each.severity for each in check_environment(MailEnvironment())}
    assert severities["DNS"] is Severity.NOTE and "Relay" in severities


@pytest.mark.parametrize("headline", ["x" * 201, "word " * 59 + "end.."])
def test_form_cuts_a_headline_when_it_is_longer_than_a_subject(
    desk: Client, blog: LiveBlog, clock, headline: str
) -> None:
    made = publish("storm-maren", Content(headline, "<p>Everyone must leave.</p>"), by="ines", now=clock())
    shown = desk.get(f"/desk/live/storm-maren/posts/{made.pk}/alert")
    assert shown.status_code == 200 and headline[:200].strip() in shown.content.decode()
