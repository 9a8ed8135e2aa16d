"""What servers reply and what it does to an address, in every wording that we know (bounce_replies.py)."""

import re

import pytest

from stoppress.inbound.bounces import parse_report
from tests.factories.bounce_messages import ADA, recipient_fields, build_text_message, build_report
from tests.factories.bounce_replies import DEAD_ADDRESS_REPLIES, DEAD_ADDRESS_REPLIES_TRANSLATED, LIVE_ADDRESS_REPLIES, LOCAL_DELIVERY_ERRORS, LOCAL_UNKNOWN_USER_WORDING


def status_in(reply: str) -> str:
    """The enhanced status code of a reply, as a server that passes it on would state it."""
    found = re.search(r"\b[45]\.\d\.\d{1,3}\b", reply)
    return found[0] if found else reply[0] + ".0.0"


def exim(words: str) -> bytes:
    """A bounce of Exim."""
    return build_text_message(
        f"This is a permanent error. The following address(es) failed:\n\n  {ADA}\n    {words}\n",
        headers=f"X-Failed-Recipients: {ADA}\n",
    )


def at_rcpt(reply: str) -> dict[str, bytes]:
    """A reply to RCPT, as three servers pass it on."""
    return {
        "Postfix": build_report(
            f"<{ADA}>: host mx.mail.example[192.0.2.1] said: {reply} (in reply to RCPT TO command)\n",
            recipient_fields(ADA, status_in(reply), f"smtp; {reply}"),
        ),
        "Exim": exim(
            f"SMTP error from remote mail server after RCPT TO:<{ADA}>:\n    host mx.mail.example [192.0.2.1]: {reply}"
        ),
        "qmail": build_text_message(
            "Hi. This is the qmail-send program at mx.example.\nThis is a permanent error; I've given up.\n\n"
            f"<{ADA}>:\n192.0.2.1 does not like recipient.\nRemote host said: {reply}\nGiving up on 192.0.2.1.\n"
        ),
    }


def dead(message: bytes) -> bool:
    """Whether the address is dead, by the one finding that there is."""
    [finding] = parse_report(message).recipients
    assert finding.address == ADA
    return finding.dead


@pytest.mark.parametrize("reply", [*DEAD_ADDRESS_REPLIES, *DEAD_ADDRESS_REPLIES_TRANSLATED])
def test_a_reply_that_nobody_lives_there_kills(reply: str) -> None:
    assert [name for name, message in at_rcpt(reply).items() if not dead(message)] == []


@pytest.mark.parametrize("reply", LIVE_ADDRESS_REPLIES)
def test_a_reply_about_anything_else_kills_nobody(reply: str) -> None:
    assert [name for name, message in at_rcpt(reply).items() if dead(message)] == []


@pytest.mark.parametrize("words", LOCAL_UNKNOWN_USER_WORDING)
def test_what_a_server_says_of_its_own_mailboxes_kills(words: str) -> None:
    assert dead(exim(words))
    assert dead(build_report("Delivery failed.\n", recipient_fields(ADA, "5.1.1", f"x-local; {words}")))


@pytest.mark.parametrize("words", LOCAL_DELIVERY_ERRORS)
def test_what_a_server_says_of_the_way_kills_nobody(words: str) -> None:
    assert not dead(exim(words))
    assert not dead(build_report("Delivery failed.\n", recipient_fields(ADA, "5.4.0", f"x-local; {words}")))
