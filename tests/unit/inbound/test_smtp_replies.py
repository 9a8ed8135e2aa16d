"""Replies of servers, and whether they make an address dead: every known wording (bounce_replies.py)."""

import re

import pytest

from stoppress.inbound.bounces import parse_report
from tests.factories.bounce_messages import ADA, build_report, build_text_message, recipient_fields
from tests.factories.bounce_replies import (
    DEAD_ADDRESS_REPLIES,
    DEAD_ADDRESS_REPLIES_TRANSLATED,
    LIVE_ADDRESS_REPLIES,
    LOCAL_DELIVERY_ERRORS,
    LOCAL_UNKNOWN_USER_WORDING,
)


def relayed_status(reply: str) -> str:
    """Return the enhanced status code of a reply, as a server that relays it states it."""
    found = re.search(r"\b[45]\.\d\.\d{1,3}\b", reply)
    return found[0] if found else reply[0] + ".0.0"


def exim_bounce(text: str) -> bytes:
    """Build a bounce of Exim."""
    return build_text_message(
        f"This is a permanent error. The following address(es) failed:\n\n  {ADA}\n    {text}\n",
        headers=f"X-Failed-Recipients: {ADA}\n",
    )


def bounces_after_rcpt(reply: str) -> dict[str, bytes]:
    """Build the bounces of three servers for a reply to RCPT."""
    return {
        "Postfix": build_report(
            f"<{ADA}>: host mx.mail.example[192.0.2.1] said: {reply} (in reply to RCPT TO command)\n",
            recipient_fields(ADA, relayed_status(reply), f"smtp; {reply}"),
        ),
        "Exim": exim_bounce(
            f"SMTP error from remote mail server after RCPT TO:<{ADA}>:\n    host mx.mail.example [192.0.2.1]: {reply}"
        ),
        "qmail": build_text_message(
            "Hi. This is the qmail-send program at mx.example.\nThis is a permanent error; I've given up.\n\n"
            f"<{ADA}>:\n192.0.2.1 does not like recipient.\nRemote host said: {reply}\nGiving up on 192.0.2.1.\n"
        ),
    }


def is_dead(message: bytes) -> bool:
    """Return True if the message makes its only recipient dead."""
    [recipient] = parse_report(message).recipients
    assert recipient.address == ADA
    return recipient.dead


@pytest.mark.parametrize("reply", [*DEAD_ADDRESS_REPLIES, *DEAD_ADDRESS_REPLIES_TRANSLATED])
def test_address_is_dead_when_server_replies_unknown_user_to_rcpt(reply: str) -> None:
    assert [name for name, message in bounces_after_rcpt(reply).items() if not is_dead(message)] == []


@pytest.mark.parametrize("reply", LIVE_ADDRESS_REPLIES)
def test_address_is_not_dead_when_server_replies_anything_else_to_rcpt(reply: str) -> None:
    assert [name for name, message in bounces_after_rcpt(reply).items() if is_dead(message)] == []


@pytest.mark.parametrize("text", LOCAL_UNKNOWN_USER_WORDING)
def test_address_is_dead_when_server_reports_own_mailbox_unknown(text: str) -> None:
    assert is_dead(exim_bounce(text))
    assert is_dead(build_report("Delivery failed.\n", recipient_fields(ADA, "5.1.1", f"x-local; {text}")))


@pytest.mark.parametrize("text", LOCAL_DELIVERY_ERRORS)
def test_address_is_not_dead_when_local_delivery_fails(text: str) -> None:
    assert not is_dead(exim_bounce(text))
    assert not is_dead(build_report("Delivery failed.\n", recipient_fields(ADA, "5.4.0", f"x-local; {text}")))
