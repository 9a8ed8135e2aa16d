"""The mail of one alert: its content, one recipient, the message."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID
from zoneinfo import ZoneInfo

from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.build_message import Recipient, compile_alert, fill_alert

ALERT_ID = UUID("6b0e8b4e-7f57-4a0e-9d55-3a0c6a1f2b3c")
SENT_AT = datetime(2026, 3, 8, 20, 4, tzinfo=UTC)
RECIPIENT = Recipient(subscriber_id=41, email="Mari.O'Hara+news@example.com", secret="5ec4e7", topic_id=1)
ALERT_CONTENT = AlertContent(
    topic_slug="breaking",
    topic_name="Breaking news",
    urgency=Urgency.ALERT,
    subject="Lower town evacuated after second alarm",
    headline="Lower town evacuated after second alarm",
    summary="Everyone below Quay Street has been told to leave now. Buses run from the fish market.",
    bylines=("Ines Okafor", "Tom Reyer"),
    published_at=SENT_AT,
    zone=ZoneInfo("Europe/London"),
    blog_headline="Storm Maren",
    path="/live/storm-maren/posts/1",
)


def fill_message(content: AlertContent = ALERT_CONTENT, recipient: Recipient = RECIPIENT) -> bytes:
    return fill_alert(compile_alert(content, ALERT_ID, SENT_AT), ALERT_ID, recipient)


def parse_message(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


def body_part(raw: bytes, kind: str) -> str:
    return parse_message(raw).get_body((kind,)).get_content()
