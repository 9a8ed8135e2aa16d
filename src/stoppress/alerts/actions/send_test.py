"""A copy to the editor's own address, before anybody else gets one: the same mould, the same relay.

It stands in no ledger. Its links to leave and to choose lead to nobody's choices.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from stoppress.alerts.actions.send_request import MAX_SUBJECT_LENGTH
from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.build_message import Recipient, fill_alert, compile_alert
from stoppress.delivery.message.dkim_keys import load_configured_signer
from stoppress.delivery.message.verp_addresses import bounce_address
from stoppress.delivery.relays.file_backend import FileBackend
from stoppress.smtp import Envelope, NotSent, Outcome, Timeouts, RelayConnection, RelayError
from stoppress.subscribers.address_validation import parse_address

TEST_TIMEOUTS = Timeouts(connect=5, greeting=10, command=10, data=10, text=10, final_reply=15)
TEST_PREFIX = "[Test] "
NO_ID = 0
"""No subscriber, topic or delivery has this number."""


def send_test(story: AlertContent, address: str, *, now: datetime) -> Outcome:
    """Send one copy of `story`, marked as a test, and wait for what the relay says (at most some 15 s).

    Raises BadAddress.
    """
    email = parse_address(address).email
    marked = replace(story, subject=f"{TEST_PREFIX}{story.subject}"[: MAX_SUBJECT_LENGTH + len(TEST_PREFIX)])
    alert_id = uuid4()
    reader = Recipient(NO_ID, email, "test", NO_ID)
    message = fill_alert(compile_alert(marked, alert_id, now), alert_id, reader)
    try:
        signed = load_configured_signer()(message)
    except ValueError as error:
        return NotSent(str(error))
    return asyncio.run(_delivered(Envelope(bounce_address(NO_ID), email, signed), lambda: now))


async def _delivered(envelope: Envelope, clock: Callable[[], datetime]) -> Outcome:
    heard: list[Outcome] = []
    carrier = _carrier(clock)
    try:
        await carrier.connect()
        await carrier.send_window([envelope], lambda _, outcome: heard.append(outcome))
    except RelayError as fault:
        return NotSent(str(fault), fault)
    finally:
        await carrier.close()
    return heard[0]


def _carrier(clock: Callable[[], datetime]) -> RelayConnection | FileBackend:
    """As the mailer has it; of several relays the first one."""
    relays = settings.RELAYS
    return RelayConnection(relays[0], timeouts=TEST_TIMEOUTS) if relays else FileBackend(Path(settings.KEPT_MAIL), clock)
