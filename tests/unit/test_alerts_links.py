"""Tokens: what they open, for how long, and what else they are worth (nothing)."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.alerts.mail import links
from stoppress.alerts.mail.links import BadLink, ExpiredLink, Wish

NOW = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)


def test_a_token_gives_back_what_went_in_and_no_mail_program_breaks_it():
    confirm = links.confirm_token(5, 1, "cafe", "storm-maren", NOW)
    assert links.read_confirm(confirm, NOW) == Wish(5, 1, "cafe", "storm-maren")
    assert links.read_manage(links.manage_token(5, "cafe")) == (5, "cafe")
    assert links.read_unsubscribe(links.unsubscribe_token(5, 1)) == (5, 1)
    assert set(confirm) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_a_confirmation_is_good_for_seven_days():
    token = links.confirm_token(5, 1, "cafe", "", NOW)
    links.read_confirm(token, NOW + timedelta(days=7))
    with pytest.raises(ExpiredLink):
        links.read_confirm(token, NOW + timedelta(days=7, seconds=1))


def test_a_token_for_one_purpose_is_worth_nothing_for_another():
    with pytest.raises(BadLink):
        links.read_manage(links.unsubscribe_token(5, 1))
    with pytest.raises(BadLink):
        links.read_unsubscribe(links.manage_token(5, "1"))


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-1], lambda t: "6" + t[1:], lambda t: "", lambda t: "é.…", lambda t: t + "x"]
)
def test_a_damaged_token_is_refused(damage):
    with pytest.raises(BadLink):
        links.read_unsubscribe(damage(links.unsubscribe_token(5, 1)))
