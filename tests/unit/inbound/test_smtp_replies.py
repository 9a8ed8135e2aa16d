"""Replies of servers, and whether they make an address dead: every known wording (bounce_replies.py)."""

import pytest

from tests.factories.bounce_messages import (
    ADA,
    bounces_after_rcpt,
    build_report,
    exim_bounce,
    is_dead,
    recipient_fields,
)
from tests.factories.bounce_replies import (
    DEAD_ADDRESS_REPLIES,
    DEAD_ADDRESS_REPLIES_TRANSLATED,
    LIVE_ADDRESS_REPLIES,
    LOCAL_DELIVERY_ERRORS,
    LOCAL_UNKNOWN_USER_WORDING,
)


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
