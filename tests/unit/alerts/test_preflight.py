"""The preflight's rules: what stops Send, what warns, what is fine."""

import asyncio

import pytest

from stoppress.alerts.preflight.findings import Severity
from stoppress.alerts.preflight.link_checks import check_links, is_own_url
from stoppress.alerts.preflight.message_checks import (
    PictureCollector,
    check_message,
    check_pictures,
    check_plain_text,
    check_size,
    check_subject,
    check_unsubscribe_headers,
)
from stoppress.alerts.preflight.relay_checks import check_relays
from stoppress.delivery.message.build_message import MAX_MESSAGE_BYTES
from stoppress.smtp import RelayAddress, Timeouts
from tests.factories.alert_messages import fill_message
from tests.fakes.smtp_server import SMTPServer

SITE = "https://news.test"


def test_ordinary_alert_passes_except_for_plain_http():
    severities = {finding.name: finding.severity for finding in check_message(fill_message())}
    assert severities.pop("Unsubscribe") is Severity.WARNING  # the tests' own site is http
    assert set(severities.values()) == {Severity.FINE}


def test_size_is_a_stop_when_above_gmail_s_limit():
    assert check_size(MAX_MESSAGE_BYTES).severity is Severity.FINE
    assert check_size(MAX_MESSAGE_BYTES + 1).severity is Severity.STOP


@pytest.mark.parametrize(
    ("subject", "severity"),
    [
        ("Wall holds", Severity.FINE),
        ("x" * 41, Severity.NOTE),
        ("WALL FAILS AT PORT HALDEN NOW", Severity.WARNING),
        ("Go!!", Severity.WARNING),
    ],
)
def test_subject_is_checked_for_length_and_capital_letters(subject, severity):
    assert check_subject(subject).severity is severity


def test_picture_is_a_stop_without_alternative_text():
    html = '<img src="a.jpg" alt="A ferry"><p><IMG src="b.jpg">'
    assert check_pictures(PictureCollector(html).pictures).severity is Severity.STOP
    assert check_pictures([("a.jpg", "  ")]).severity is Severity.STOP
    assert check_pictures([("a.jpg", "A ferry")]).severity is Severity.FINE


def test_plain_text_is_a_stop_when_missing():
    assert check_plain_text(" ").severity is Severity.STOP


@pytest.mark.parametrize(
    ("header", "post", "severity"),
    [
        ("<https://news.test/u/1>, <mailto:x@y>", "List-Unsubscribe=One-Click", Severity.FINE),
        ("<http://news.test/u/1>", "List-Unsubscribe=One-Click", Severity.WARNING),
        ("<mailto:x@y>", "List-Unsubscribe=One-Click", Severity.STOP),
        ("<https://news.test/u/1>", "", Severity.STOP),
    ],
)
def test_one_click_unsubscribe_needs_both_headers_and_https(header, post, severity):
    assert check_unsubscribe_headers(header, post).severity is severity


def test_links_to_own_pages_are_requested_and_others_are_not():
    requested = []

    def page_status(path):
        requested.append(path)
        return 410 if "gone" in path else 200

    html = f'<a href="{SITE}/live/x"></a><a href="{SITE}/alerts/manage/0.abc"></a><a href="https://evil.test/"></a>'
    findings = check_links("See https://evil.test/a and https://news.test.evil.test/b.", html, SITE, page_status)
    assert requested == ["/live/x"]
    assert [finding.severity for finding in findings] == [Severity.FINE, Severity.NOTE]
    assert "Not checked" in findings[1].message and "evil.test" in findings[1].message
    [dead, *_] = check_links(f"{SITE}/live/gone", "", SITE, page_status)
    assert dead.severity is Severity.STOP and "/live/gone" in dead.message


@pytest.mark.parametrize(
    ("status", "severity"),
    [(200, Severity.FINE), (302, Severity.FINE), (404, Severity.STOP), (410, Severity.STOP), (403, Severity.WARNING),
     (503, Severity.WARNING), (None, Severity.NOTE)],
)  # fmt: skip
def test_link_is_a_stop_only_when_its_page_is_gone(status, severity):
    [found] = check_links(f"See {SITE}/page.", "", SITE, lambda path: status)
    assert found.severity is severity


@pytest.mark.parametrize(
    "text",
    [
        "«{}»", "„{}“", "‘{}’", "[{}]", "{{{}}}", "*{}*", "{}!", "{}…", "{}—and more", "{}|", "{}。次に", "{}،",
        "{}\u200b", "({}).", "{}؟", "{}”", "{}?!",
    ],
)  # fmt: skip
def test_link_is_checked_without_the_punctuation_around_it(text):
    requested = []
    check_links(text.format(f"{SITE}/live/storm-maren"), "", SITE, requested.append)
    assert [path.rstrip("?") for path in requested] == ["/live/storm-maren"]


@pytest.mark.parametrize(
    "address",
    [
        "https://news.test.evil",
        "https://news.testé.evil/",
        "https://news.test:81/",
        "https://news.test@evil.test/",
        "http://news.test/",
        "//news.test",
    ],
)
def test_url_of_a_similar_host_is_not_our_own(address):
    assert not is_own_url(address, SITE)


def check_relay(port):
    return asyncio.run(check_relays([RelayAddress.parse(f"smtp://127.0.0.1:{port}")]))


def test_relay_check_connects_but_sends_no_message():
    with SMTPServer() as server:
        found = check_relay(server.port)
        assert [(each.name, each.severity) for each in found] == [("Relay", Severity.FINE), ("TLS", Severity.FINE)]
        assert not server.accepted


def test_relay_is_a_warning_when_it_is_unreachable():
    with SMTPServer() as server:
        port = server.port
    assert [finding.severity for finding in check_relay(port)] == [Severity.WARNING]
    assert [finding.severity for finding in asyncio.run(check_relays([]))] == [Severity.WARNING]


def test_relay_check_times_out_when_the_relay_is_silent():
    async def silent():
        held = []
        server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        [found] = await check_relays(
            [RelayAddress.parse(f"smtp://127.0.0.1:{port}")], timeouts=Timeouts(greeting=0.05, quit=0.05)
        )
        for writer in held:
            writer.close()
        server.close()
        return found

    assert asyncio.run(silent()).severity is Severity.WARNING
