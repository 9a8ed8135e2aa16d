"""Send a test copy to the editor's own address: the same template and the same relay as for subscribers.

The ledger does not record it. Its unsubscribe and preference links belong to no subscriber.
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
from stoppress.delivery.message.build_message import Recipient, compile_alert, fill_alert
from stoppress.delivery.message.dkim_keys import load_configured_signer
from stoppress.delivery.message.verp_addresses import bounce_address
from stoppress.delivery.relays.file_backend import FileBackend
from stoppress.smtp import Envelope, NotSent, Outcome, RelayConnection, RelayError, Timeouts
from stoppress.subscribers.address_validation import parse_address

TEST_TIMEOUTS = Timeouts(connect=5, greeting=10, command=10, data=10, text=10, final_reply=15)
TEST_PREFIX = "[Test] "
NO_ID = 0
"""No subscriber, topic or delivery has this id."""


def send_test(story: AlertContent, address: str, *, now: datetime) -> Outcome:
    """Send one copy of `story`, marked as a test, and wait for the relay's reply (at most about 15 s).

    Raises:
        InvalidAddressError: `address` is no email address.
    """
    email = parse_address(address).email
    marked = replace(story, subject=f"{TEST_PREFIX}{story.subject}"[: MAX_SUBJECT_LENGTH + len(TEST_PREFIX)])
    alert_id = uuid4()
    recipient = Recipient(NO_ID, email, "test", NO_ID)
    message = fill_alert(compile_alert(marked, alert_id, now), alert_id, recipient)
    try:
        signed = load_configured_signer()(message)
    except ValueError as error:
        return NotSent(str(error))
    return asyncio.run(_deliver(Envelope(bounce_address(NO_ID), email, signed), lambda: now))


async def _deliver(envelope: Envelope, clock: Callable[[], datetime]) -> Outcome:
    outcomes: list[Outcome] = []
    backend = _open_backend(clock)
    try:
        await backend.connect()
        await backend.send_window([envelope], lambda _, outcome: outcomes.append(outcome))
    except RelayError as error:
        return NotSent(str(error), error)
    finally:
        await backend.close()
    return outcomes[0]


def _open_backend(clock: Callable[[], datetime]) -> RelayConnection | FileBackend:
    """Return the backend that the mailer uses; of several relays, the first one."""
    relays = settings.RELAYS
    if relays:
        return RelayConnection(relays[0], timeouts=TEST_TIMEOUTS)
    return FileBackend(Path(settings.KEPT_MAIL), clock)
