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

from stoppress.alerts.actions.send_request import LONGEST_SUBJECT
from stoppress.delivery.message.alert_content import Story
from stoppress.delivery.message.build_message import Reader, alert_copy, alert_mould
from stoppress.delivery.message.dkim_keys import configured_signer
from stoppress.delivery.message.verp_addresses import bounce_address
from stoppress.delivery.relays.file_backend import MailKeeper
from stoppress.smtp import Envelope, NotSent, Outcome, Patience, RelayConnection, RelayFault
from stoppress.subscribers.address_validation import tidy_address

PATIENCE = Patience(connect=5, greeting=10, command=10, data=10, text=10, verdict=15)
MARK = "[Test] "
NOBODY = 0
"""No subscriber, topic or delivery has this number."""


def send_test(story: Story, address: str, *, now: datetime) -> Outcome:
    """Send one copy of `story`, marked as a test, and wait for what the relay says (at most some 15 s).

    Raises BadAddress.
    """
    email = tidy_address(address).email
    marked = replace(story, subject=f"{MARK}{story.subject}"[: LONGEST_SUBJECT + len(MARK)])
    alert_id = uuid4()
    reader = Reader(NOBODY, email, "test", NOBODY)
    message = alert_copy(alert_mould(marked, alert_id, now), alert_id, reader)
    try:
        signed = configured_signer()(message)
    except ValueError as error:
        return NotSent(str(error))
    return asyncio.run(_delivered(Envelope(bounce_address(NOBODY), email, signed), lambda: now))


async def _delivered(envelope: Envelope, clock: Callable[[], datetime]) -> Outcome:
    heard: list[Outcome] = []
    carrier = _carrier(clock)
    try:
        await carrier.connect()
        await carrier.send_window([envelope], lambda _, outcome: heard.append(outcome))
    except RelayFault as fault:
        return NotSent(str(fault), fault)
    finally:
        await carrier.close()
    return heard[0]


def _carrier(clock: Callable[[], datetime]) -> RelayConnection | MailKeeper:
    """As the mailer has it; of several relays the first one."""
    relays = settings.RELAYS
    return RelayConnection(relays[0], patience=PATIENCE) if relays else MailKeeper(Path(settings.KEPT_MAIL), clock)
