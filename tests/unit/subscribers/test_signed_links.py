"""Tokens: what they open, for how long, and what else they are worth (nothing)."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.subscribers import signed_links
from stoppress.subscribers.signed_links import BadLink, ExpiredLink, Wish

NOW = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)


def test_a_token_gives_back_what_went_in_and_no_mail_program_breaks_it():
    confirm = signed_links.confirm_token(5, 1, "cafe", "storm-maren", NOW)
    assert signed_links.read_confirm(confirm, NOW) == Wish(5, 1, "cafe", "storm-maren")
    assert signed_links.read_manage(signed_links.manage_token(5, "cafe")) == (5, "cafe")
    assert signed_links.read_unsubscribe(signed_links.unsubscribe_token(5, 1)) == (5, 1)
    assert set(confirm) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_a_confirmation_is_good_for_seven_days():
    token = signed_links.confirm_token(5, 1, "cafe", "", NOW)
    signed_links.read_confirm(token, NOW + timedelta(days=7))
    with pytest.raises(ExpiredLink):
        signed_links.read_confirm(token, NOW + timedelta(days=7, seconds=1))


def test_a_token_for_one_purpose_is_worth_nothing_for_another():
    with pytest.raises(BadLink):
        signed_links.read_manage(signed_links.unsubscribe_token(5, 1))
    with pytest.raises(BadLink):
        signed_links.read_unsubscribe(signed_links.manage_token(5, "1"))


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-1], lambda t: "6" + t[1:], lambda t: "", lambda t: "é.…", lambda t: t + "x"]
)
def test_a_damaged_token_is_refused(damage):
    with pytest.raises(BadLink):
        signed_links.read_unsubscribe(damage(signed_links.unsubscribe_token(5, 1)))
