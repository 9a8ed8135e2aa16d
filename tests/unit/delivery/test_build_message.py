"""The mail of an alert: its headers, both its parts, and hostile headlines."""

import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.message.build_message import (
    MAX_MESSAGE_BYTES,
    compile_transactional_mail,
    fill_transactional_mail,
)
from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox, bounce_address, verify_address
from stoppress.smtp.dot_stuffing import dot_stuff, normalise_line_ends
from stoppress.subscribers.signed_links import LinkPurpose, link_url, make_manage_token, make_unsubscribe_token
from tests.factories.alert_messages import (
    ALERT_CONTENT,
    ALERT_ID,
    RECIPIENT,
    SENT_AT,
    body_part,
    fill_message,
    parse_message,
)


def test_message_has_every_header_that_large_receivers_require():
    mail = parse_message(fill_message())
    unsubscribe = link_url(LinkPurpose.UNSUBSCRIBE, make_unsubscribe_token(41, 1))
    assert mail["From"] == "The Halden Courier <alerts@halden.test>"
    assert mail["To"] == "Mari.O'Hara+news@example.com"
    assert mail["Subject"] == ALERT_CONTENT.subject
    assert mail["Date"] == "Sun, 08 Mar 2026 20:04:00 +0000"
    assert mail["List-Id"] == "Breaking news <breaking.halden.test>"
    assert mail["List-Unsubscribe"].startswith(f"<{unsubscribe}>, <mailto:leave+")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Feedback-ID"] == "6b0e8b4e7f57:breaking:alert:stoppress"
    assert mail["Message-ID"] == f"<{ALERT_ID.hex}.29@halden.test>"
    assert mail.get_content_type() == "multipart/alternative"
    assert [piece.get_content_type() for piece in mail.iter_parts()] == ["text/plain", "text/html"]


def test_message_is_equal_for_two_attempts_and_differs_between_recipients():
    assert fill_message() == fill_message()
    other = fill_message(recipient=replace(RECIPIENT, subscriber_id=42))
    assert parse_message(other)["Message-ID"] != parse_message(fill_message())["Message-ID"]


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_both_parts_contain_the_news_and_the_unsubscribe_link(kind):
    text = body_part(fill_message(), kind)
    for expected in (
        ALERT_CONTENT.headline,
        "Ines Okafor and Tom Reyer",
        "20:04 GMT",
        "http://news.test/live/storm-maren/posts/1",
        link_url(LinkPurpose.UNSUBSCRIBE, make_unsubscribe_token(41, 1)),
        link_url(LinkPurpose.MANAGE, make_manage_token(41, "5ec4e7", SENT_AT)),
        "1 Quay Street, Port Halden",
        "corrections@halden.test",
        "Mari.O'Hara+news@example.com" if kind == "plain" else "Mari.O&#x27;Hara+news@example.com",
    ):
        assert expected in text


def test_plain_text_is_wrapped_except_for_links():
    lines = body_part(fill_message(replace(ALERT_CONTENT, summary="Words of news. " * 90)), "plain").splitlines()
    assert all(len(line) <= 76 for line in lines if "http://" not in line)


def test_html_loads_no_resource_and_tracks_no_reader():
    html = body_part(fill_message(), "html")
    addresses = set(re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", html))
    assert "<img" not in html
    assert all(address.startswith("http://news.test/") for address in addresses)
    follow = [address for address in addresses if "/live/" in address]
    assert follow == ["http://news.test/live/storm-maren/posts/1"]


def test_html_has_rules_for_dark_mode():
    html = body_part(fill_message(), "html")
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "prefers-color-scheme: dark" in html


def test_message_is_smaller_than_the_limit_of_gmail():
    long = replace(ALERT_CONTENT, headline="H" * 300, subject="S" * 200, summary="ш" * 2000)
    assert len(fill_message(long)) < MAX_MESSAGE_BYTES


HOSTILE = [
    "Two\r\nBcc: victim@example.com",
    "Two\nlines",
    "Null\0 and bell\a",
    "=?utf-8?B?QmNjOiB4?=",
    "X" * 200,
    "🌊" * 200,
    "نُقل السكان من المدينة السفلى",
    "<script>alert(1)</script> & <mj-text>",
    "{{ newsroom.secret }} {% now 'Y' %} {# no #}",
    "gap" * 20,
    ".\r\n.\r\nQUIT",
    "." * 200,
    "x. " * 40 + ".y",
    "Trailing space ",
    "\u2028line\u2029separators\x85next",
    "] ]> --> <!-- <![endif]-->",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_headline_cannot_inject_headers_or_markup(text):
    holds(text)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_no_text_can_inject_headers_or_markup(text):
    holds(text)


def holds(text: str) -> None:
    """Check that the headers occur once each, that both parts contain the text, and that no markup was injected."""
    text = text.encode("utf-8", "replace").decode()
    raw = fill_message(replace(ALERT_CONTENT, subject=text, headline=text, summary=text, bylines=(text,)))
    usual, mail = parse_message(fill_message()), parse_message(raw)
    assert mail.keys() == usual.keys()
    assert not mail.defects
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert not [line for line in lines if line.startswith(b".")] and raw.endswith(b"\r\n")
    assert normalise_line_ends(raw) == raw == dot_stuff(raw)
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    assert list(filter(str.isalnum, mail["Subject"])) == list(filter(str.isalnum, text))
    assert "<script>" not in body_part(raw, "html")
    assert body_part(raw, "html").count("</body>") == 1
    assert link_url(LinkPurpose.UNSUBSCRIBE, make_unsubscribe_token(41, 1)) in body_part(raw, "plain")


def test_newsroom_name_may_contain_any_character(settings):
    room = replace(settings.NEWSROOM, name='Ünter "den" Linden, <b>', mail_from="alerts@halden.test")
    settings.NEWSROOM = room
    [sender] = parse_message(fill_message())["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (room.name, "alerts@halden.test")


def test_transactional_mail_has_no_list_headers():
    raw = fill_transactional_mail(
        compile_transactional_mail(TransactionalKind.CONFIRM, "Breaking news", SENT_AT),
        TransactionalKind.CONFIRM,
        7,
        RECIPIENT,
        "storm-maren",
        SENT_AT,
    )
    mail = parse_message(raw)
    assert not [name for name in mail.keys() if name.startswith("List-")]  # noqa: SIM118  # headers, not a dict
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "/alerts/confirm/41.1.5ec4e7." in body_part(raw, "plain")
    assert "/alerts/confirm/41.1.5ec4e7." in body_part(raw, "html")


def test_bounce_address_identifies_its_delivery_and_cannot_be_forged():
    address = bounce_address(123456)
    assert verify_address(SignedMailbox.BOUNCE, address.upper()) == (123456,)
    local = address.partition("@")[0]
    assert len(local) <= 64
    for forged in (
        address.replace("bounce+1e240", "bounce+1e241"),
        address.replace("bounce", "leave"),
        "bounce+1@x",
        "",
    ):
        with pytest.raises(ForgedAddressError):
            verify_address(SignedMailbox.BOUNCE, forged)


def html_of(message: bytes) -> str:
    part = message_from_bytes(message, policy=policy.default).get_body(("html",))  # type: ignore[union-attr]
    return str(part.get_content())


@pytest.mark.parametrize(("logo", "shown"), [("/srv/logo.png", True), ("/srv/logo.SVG", False), ("", False)])
def test_masthead_shows_logo_when_mail_programs_support_it(settings, logo, shown):
    settings.NEWSROOM = replace(settings.NEWSROOM, logo=logo)
    found = html_of(fill_message())
    assert ('<img src="http://news.test/newsroom/logo" alt="The Halden Courier"' in found) == shown
    assert "The Halden Courier" in found
