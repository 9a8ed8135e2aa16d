"""The mail of one alert: its story, one subscriber, the message."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID
from zoneinfo import ZoneInfo

from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.alert_content import Story
from stoppress.delivery.message.build_message import Reader, alert_copy, alert_mould

ID = UUID("6b0e8b4e-7f57-4a0e-9d55-3a0c6a1f2b3c")
AT = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)
READER = Reader(subscriber_id=41, email="Mari.O'Hara+news@example.com", secret="5ec4e7", topic_id=1)
STORY = Story(
    topic_slug="breaking",
    topic_name="Breaking news",
    urgency=Urgency.ALERT,
    subject="Lower town evacuated after second alarm",
    headline="Lower town evacuated after second alarm",
    summary="Everyone below Quay Street has been told to leave now. Buses run from the fish market.",
    bylines=("Ines Okafor", "Tom Reyer"),
    published_at=AT,
    zone=ZoneInfo("Europe/London"),
    blog_headline="Storm Maren",
    path="/live/storm-maren/posts/1",
)


def copy_of(story: Story = STORY, reader: Reader = READER) -> bytes:
    return alert_copy(alert_mould(story, ID, AT), ID, reader)


def parsed(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


def part(raw: bytes, kind: str) -> str:
    return parsed(raw).get_body((kind,)).get_content()
