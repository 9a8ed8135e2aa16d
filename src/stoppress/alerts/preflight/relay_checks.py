"""Check that the relay answers: connect, EHLO, TLS and log-in like the mailer, but send no message."""

import asyncio
from collections.abc import Sequence

from django.utils.translation import gettext as _

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
        advice = _("Set STOPPRESS_SMTP_URL. Until then mail is stored for administrators only.")
        return [warning(_("Relay"), _("No mail is sent: no relay is configured."), advice)]
    return list(await asyncio.gather(*(_check(relay, timeouts) for relay in relays)))


async def _check(relay: RelayAddress, timeouts: Timeouts) -> PreflightFinding:
    try:
        async with asyncio.timeout(MAX_CHECK_SECONDS):
            return await _connect(relay, timeouts)
    except (RelayError, TimeoutError, OSError, ValueError) as error:  # ValueError: a host name that cannot be encoded
        advice = _("You can send: mail waits until the relay is back, as long as the alert may leave.")
        reason = str(error)[:200] or _("no answer in time")
        return warning(_("Relay"), _("It does not answer: {reason}").format(reason=reason), advice)


async def _connect(relay: RelayAddress, timeouts: Timeouts) -> PreflightFinding:
    connection = RelayConnection(relay, timeouts=timeouts)
    try:
        await connection.connect()
        return fine(_("Relay"), _("{relay} answers.").format(relay=relay))
    finally:
        await connection.close()
