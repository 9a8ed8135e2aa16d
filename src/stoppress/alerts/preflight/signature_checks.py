"""Check that the DKIM signature covers the fields for one-click unsubscription (RFC 8058 4)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, warning
from stoppress.alerts.preflight.receivers import Receivers
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.dkim import Signer
from stoppress.delivery.message.preview import render_sample

ONE_CLICK_FIELDS = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
SIGNED_NAMES = re.compile(r"(?:^|;)\s*h\s*=([^;]*)")


def check_one_click_signature(load_signer: Callable[[], Signer]) -> PreflightFinding:
    """Sign a sample as the mailer does, and check what the signature covers.

    Args:
        load_signer: returns the signer of this installation. It raises ValueError if a key cannot be used.
    """
    name = _("One-click unsubscribe")
    try:
        signed = load_signer()(_sample_message())
    except ValueError as error:
        message, advice = _("Mail cannot be signed: {reason}").format(reason=error), _("Correct STOPPRESS_DKIM_KEYS.")
        return warning("DKIM", message, advice, receivers=Receivers.UNAUTHENTICATED)
    return check_signed_fields(name, signed)


def check_signed_fields(name: str, message: bytes) -> PreflightFinding:
    """Check the signatures of a finished mail. One that covers both fields is enough."""
    signatures = [str(value) for value in message_from_bytes(message).get_all("DKIM-Signature", [])]
    if not signatures:
        text = _("The relay signs: its signature must cover List-Unsubscribe and List-Unsubscribe-Post.")
        advice = _("Look at h= in the DKIM-Signature of a test mail, or sign here with STOPPRESS_DKIM_KEYS.")
        return note(name, text, advice, receivers=Receivers.NO_ONE_CLICK)
    if any(signed_names(signature) >= ONE_CLICK_FIELDS for signature in signatures):
        return fine(name, _("The signature covers both header fields."), receivers=Receivers.ACCEPT)
    text = _("The signature does not cover List-Unsubscribe and List-Unsubscribe-Post.")
    advice = _("Sign here with STOPPRESS_DKIM_KEYS, or add both fields to what the relay signs.")
    return warning(name, text, advice, receivers=Receivers.NO_ONE_CLICK)


def signed_names(signature: str) -> frozenset[str]:
    """Return the names in `h=` of a DKIM-Signature, in small letters."""
    match = SIGNED_NAMES.search(signature)
    return frozenset(part.strip().lower() for part in match[1].split(":")) if match else frozenset()


def _sample_message() -> bytes:
    content = AlertContent(
        topic_slug="breaking",
        topic_name="Breaking news",
        urgency=Urgency.ALERT,
        subject="Test",
        headline="Test",
        summary="",
        bylines=(),
        published_at=datetime(2000, 1, 1, tzinfo=UTC),
        zone=ZoneInfo("UTC"),
        blog_headline="",
        path="/",
    )
    return render_sample(content)
