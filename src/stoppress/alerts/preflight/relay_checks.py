"""Check that the relay answers and encrypts: connect, EHLO, TLS and log-in like the mailer, but send no message."""

import asyncio
import ssl
import time
from collections.abc import Sequence

from django.utils.translation import gettext as _

from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, warning
from stoppress.alerts.preflight.receivers import Receivers
from stoppress.smtp import RelayAddress, RelayConnection, RelayError, RelayInsecureError, Timeouts

RELAY_TIMEOUTS = Timeouts(connect=2, greeting=2, command=2, data=2, text=2, final_reply=2, quit=1)
"""Seconds; short, since an editor is waiting."""
MAX_CHECK_SECONDS = 5.0
MIN_CERTIFICATE_DAYS = 14
"""A certificate that ends sooner is a warning: renewal should have replaced it."""
SECONDS_PER_DAY = 86_400


async def check_relays(
    relays: Sequence[RelayAddress], *, timeouts: Timeouts = RELAY_TIMEOUTS
) -> list[PreflightFinding]:
    """Return the findings about each relay, within five seconds."""
    if not relays:
        advice = _("Set STOPPRESS_SMTP_URL. Until then mail is stored for administrators only.")
        return [warning(_("Relay"), _("No mail is sent: no relay is configured."), advice)]
    findings = await asyncio.gather(*(_check(relay, timeouts) for relay in relays))
    return [finding for of_relay in findings for finding in of_relay]


async def _check(relay: RelayAddress, timeouts: Timeouts) -> list[PreflightFinding]:
    try:
        async with asyncio.timeout(MAX_CHECK_SECONDS):
            return await _connect(relay, timeouts)
    except RelayInsecureError as error:
        advice = _("You can send: mail waits until the relay is back, as long as the alert may leave.")
        message = _("The connection to {relay} cannot be encrypted: {reason}").format(relay=relay, reason=error)
        return [warning("TLS", message, advice, receivers=Receivers.NO_TLS)]
    except (RelayError, TimeoutError, OSError, ValueError) as error:  # ValueError: a host name that cannot be encoded
        advice = _("You can send: mail waits until the relay is back, as long as the alert may leave.")
        reason = str(error)[:200] or _("no answer in time")
        return [warning(_("Relay"), _("It does not answer: {reason}").format(reason=reason), advice)]


async def _connect(relay: RelayAddress, timeouts: Timeouts) -> list[PreflightFinding]:
    connection = RelayConnection(relay, timeouts=timeouts)
    try:
        await connection.connect()
        return [fine(_("Relay"), _("{relay} answers.").format(relay=relay)), check_tls(relay, connection.tls)]
    finally:
        await connection.close()


def check_tls(relay: RelayAddress, tls: ssl.SSLObject | None) -> PreflightFinding:
    """Check that the way to the relay is encrypted, and that its certificate is trusted and does not end soon.

    Args:
        relay: the relay.
        tls: the TLS layer of the connection, or None if it is not encrypted.
    """
    if tls is None:
        if relay.is_local:
            return fine("TLS", _("{relay} is on this machine.").format(relay=relay), receivers=Receivers.ACCEPT)
        message = _("Mail goes to {relay} unencrypted: it offers no STARTTLS, or starttls=never is set.")
        advice = _("Use smtps:// or starttls=required. Without it others on the way can read addresses and links.")
        return warning("TLS", message.format(relay=relay), advice, receivers=Receivers.NO_TLS)
    certificate = tls.getpeercert()
    if not certificate:
        if relay.is_local:
            return fine("TLS", _("{relay} is on this machine.").format(relay=relay), receivers=Receivers.ACCEPT)
        message = _("The certificate of {relay} is not checked: verify=no is set.").format(relay=relay)
        return note("TLS", message, _("Remove verify=no when its certificate is valid."), receivers=Receivers.ACCEPT)
    days = int((ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) // SECONDS_PER_DAY)
    if days < MIN_CERTIFICATE_DAYS:
        message = _("The certificate of {relay} ends in {days} days.").format(relay=relay, days=days)
        return warning("TLS", message, _("Renew it: mail waits from then on."), receivers=Receivers.NO_TLS)
    message = _("{relay} uses {version} with a valid certificate.").format(relay=relay, version=tls.version())
    return fine("TLS", message, receivers=Receivers.ACCEPT)
