"""Check that the relay answers: connect, EHLO, TLS and log-in like the mailer, but send no message."""

import asyncio
from collections.abc import Sequence

from stoppress.alerts.preflight.findings import PreflightFinding, fine, warning
from stoppress.smtp import RelayAddress, RelayConnection, RelayError, Timeouts

RELAY_TIMEOUTS = Timeouts(connect=2, greeting=2, command=2, data=2, text=2, final_reply=2, quit=1)
"""Seconds; short, since an editor is waiting."""
MAX_CHECK_SECONDS = 5.0


async def check_relays(
    relays: Sequence[RelayAddress], *, timeouts: Timeouts = RELAY_TIMEOUTS
) -> list[PreflightFinding]:
    """Return one finding for each relay, within five seconds."""
    if not relays:
        advice = "Set STOPPRESS_SMTP_URL. Until then mail is stored for administrators only."
        return [warning("Relay", "No mail is sent: no relay is configured.", advice)]
    return list(await asyncio.gather(*(_check(relay, timeouts) for relay in relays)))


async def _check(relay: RelayAddress, timeouts: Timeouts) -> PreflightFinding:
    try:
        async with asyncio.timeout(MAX_CHECK_SECONDS):
            return await _connect(relay, timeouts)
    except (RelayError, TimeoutError, OSError, ValueError) as error:  # ValueError: a host name that cannot be encoded
        advice = "You can send: mail waits until the relay is back, as long as the alert may leave."
        return warning("Relay", f"It does not answer: {str(error) or 'no answer in time'}"[:200], advice)


async def _connect(relay: RelayAddress, timeouts: Timeouts) -> PreflightFinding:
    connection = RelayConnection(relay, timeouts=timeouts)
    try:
        await connection.connect()
        return fine("Relay", f"{relay} answers.")
    finally:
        await connection.close()
