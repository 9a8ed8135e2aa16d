"""Tokens of links in mail: content, lifetime, and refusal of all others."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.subscribers import signed_links
from stoppress.subscribers.signed_links import ConfirmLink, ExpiredLinkError, InvalidLinkError

NOW = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)


def test_token_returns_its_content_and_uses_safe_characters():
    confirm = signed_links.make_confirm_token(5, 1, "cafe", "storm-maren", NOW)
    assert signed_links.read_confirm_token(confirm, NOW) == ConfirmLink(5, 1, "cafe", "storm-maren")
    assert signed_links.read_manage_token(signed_links.make_manage_token(5, "cafe", NOW), NOW) == (5, "cafe")
    assert signed_links.read_unsubscribe_token(signed_links.make_unsubscribe_token(5, 1)) == (5, 1)
    assert set(confirm) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_confirm_token_expires_after_seven_days():
    token = signed_links.make_confirm_token(5, 1, "cafe", "", NOW)
    signed_links.read_confirm_token(token, NOW + timedelta(days=7))
    with pytest.raises(ExpiredLinkError):
        signed_links.read_confirm_token(token, NOW + timedelta(days=7, seconds=1))


def test_manage_token_expires_after_thirty_days():
    token = signed_links.make_manage_token(5, "cafe", NOW)
    signed_links.read_manage_token(token, NOW + timedelta(days=30))
    with pytest.raises(ExpiredLinkError):
        signed_links.read_manage_token(token, NOW + timedelta(days=30, seconds=1))


def test_token_is_refused_when_its_purpose_differs():
    with pytest.raises(InvalidLinkError):
        signed_links.read_manage_token(signed_links.make_unsubscribe_token(5, 1), NOW)
    with pytest.raises(InvalidLinkError):
        signed_links.read_unsubscribe_token(signed_links.make_manage_token(5, "1", NOW))


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-1], lambda t: "6" + t[1:], lambda t: "", lambda t: "é.…", lambda t: t + "x"]
)
def test_token_is_refused_when_damaged(damage):
    with pytest.raises(InvalidLinkError):
        signed_links.read_unsubscribe_token(damage(signed_links.make_unsubscribe_token(5, 1)))
