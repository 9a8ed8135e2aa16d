"""Whether the relay answers: connect, EHLO, TLS and log-in as the mailer does it, and not a message."""

import asyncio
from collections.abc import Sequence

from stoppress.alerts.preflight.findings import PreflightFinding, fine, warning
from stoppress.smtp import Timeouts, RelayAddress, RelayConnection, RelayError

RELAY_TIMEOUTS = Timeouts(connect=2, greeting=2, command=2, data=2, text=2, final_reply=2, quit=1)
"""Seconds: an editor is waiting."""
MAX_CHECK_SECONDS = 5.0


async def check_relays(relays: Sequence[RelayAddress], *, patience: Timeouts = RELAY_TIMEOUTS) -> list[PreflightFinding]:
    """A finding for each, within five seconds."""
    if not relays:
        do = "Set STOPPRESS_SMTP_URL. Until then what is sent is kept for administrators."
        return [warning("Relay", "No mail goes out: there is no relay.", do)]
    return list(await asyncio.gather(*(_check(relay, patience) for relay in relays)))


async def _check(relay: RelayAddress, patience: Timeouts) -> PreflightFinding:
    try:
        async with asyncio.timeout(MAX_CHECK_SECONDS):
            return await _greeted(relay, patience)
    except (RelayError, TimeoutError, OSError, ValueError) as fault:  # ValueError: a host name that cannot be encoded
        do = "You can send: what has not left waits until the relay is back, as long as the alert may leave."
        return warning("Relay", f"It does not answer: {str(fault) or 'no answer in time'}"[:200], do)


async def _greeted(relay: RelayAddress, patience: Timeouts) -> PreflightFinding:
    connection = RelayConnection(relay, timeouts=patience)
    try:
        await connection.connect()
        return fine("Relay", f"{relay} answers.")
    finally:
        await connection.close()
