"""What a reader will see, taken out of the very bytes that would be sent."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

from stoppress.alerts.mail.message import Reader, alert_copy, alert_mould
from stoppress.alerts.mail.story import Story

SAMPLE = Reader(subscriber_id=0, email="reader@example.com", secret="preview", topic_id=0)
"""A reader who does not exist; the links in the preview lead to nobody's choices."""
NO_ALERT = UUID(int=0)
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def html(story: Story) -> str:
    """The HTML part."""
    return _part(story, "html")


def text(story: Story) -> str:
    """The plain-text part."""
    return _part(story, "plain")


def _part(story: Story, kind: str) -> str:
    sample = alert_copy(alert_mould(story, NO_ALERT, NEVER), NO_ALERT, SAMPLE)
    part = message_from_bytes(sample, policy=policy.default).get_body((kind,))
    assert part is not None, "every alert has both parts"
    return str(part.get_content()).replace("\r\n", "\n")
