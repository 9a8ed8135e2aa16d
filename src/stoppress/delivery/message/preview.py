"""What a reader will see, taken out of the very bytes that would be sent."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from enum import StrEnum
from uuid import UUID

from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.build_message import Recipient, fill_alert, compile_alert

SAMPLE_RECIPIENT = Recipient(subscriber_id=0, email="reader@example.com", secret="preview", topic_id=0)
"""A reader who does not exist; the links in the preview lead to nobody's choices."""
NO_ALERT = UUID(int=0)
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
WHEN_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


class Theme(StrEnum):
    """How the reader's screen is set."""

    LIGHT = "light"
    DARK = "dark"


def render_sample(story: AlertContent) -> bytes:
    """The whole message to a reader who does not exist."""
    return fill_alert(compile_alert(story, NO_ALERT, NEVER), NO_ALERT, SAMPLE_RECIPIENT)


def preview_html(story: AlertContent, theme: Theme | None = None) -> str:
    """The HTML part; with a theme, its rules for the dark hold, or do not, whatever the screen that shows it."""
    found = extract_part(render_sample(story), "html")
    if theme is None:
        return found
    return WHEN_DARK.sub("@media all" if theme is Theme.DARK else "@media not all", found)


def preview_text(story: AlertContent) -> str:
    """The plain-text part."""
    return extract_part(render_sample(story), "plain")


def extract_part(message: bytes, kind: str) -> str:
    """The part of this kind ("html" or "plain"), its lines ended by LF; empty if there is none."""
    found = message_from_bytes(message, policy=policy.default).get_body((kind,))
    return str(found.get_content()).replace("\r\n", "\n") if found else ""
