"""Preview a message as its reader will see it, extracted from the same bytes that would be sent."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from enum import StrEnum
from uuid import UUID

from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.build_message import Recipient, compile_alert, fill_alert

SAMPLE_RECIPIENT = Recipient(subscriber_id=0, email="reader@example.com", secret="preview", topic_id=0)
"""A reader who does not exist; the links in the preview lead to no subscriber's preferences."""
NO_ALERT = UUID(int=0)
SAMPLE_DATE = datetime(2000, 1, 1, tzinfo=UTC)
DARK_MODE_QUERY = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


class Theme(StrEnum):
    """The colour scheme of the reader's screen."""

    LIGHT = "light"
    DARK = "dark"


def render_sample(content: AlertContent) -> bytes:
    """Return the whole message to SAMPLE_RECIPIENT."""
    return fill_alert(compile_alert(content, NO_ALERT, SAMPLE_DATE), NO_ALERT, SAMPLE_RECIPIENT)


def preview_html(content: AlertContent, theme: Theme | None = None) -> str:
    """Return the HTML part. With a theme, the dark rules apply, or do not, on every screen."""
    html = extract_part(render_sample(content), "html")
    if theme is None:
        return html
    return DARK_MODE_QUERY.sub("@media all" if theme is Theme.DARK else "@media not all", html)


def preview_text(content: AlertContent) -> str:
    """Return the plain-text part."""
    return extract_part(render_sample(content), "plain")


def extract_part(message: bytes, kind: str) -> str:
    """Return the part of this kind ("html" or "plain") with LF line ends; empty if there is none."""
    part = message_from_bytes(message, policy=policy.default).get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
