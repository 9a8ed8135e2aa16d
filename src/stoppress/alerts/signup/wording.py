"""What sign-up forms say: printed by their templates and kept with the consent, so that both are the same words."""

from enum import StrEnum

from stoppress.alerts.models import Topic
from stoppress.alerts.words import Rhythm

SMALL_PRINT = "Free. No tracking. Leave with one click."
BUTTON = "Sign up"
STORY = "This story"
CONFIRM_BUTTON = "Yes, sign me up"
LONGEST = 500
"""Characters of the words that a consent keeps."""


class Form(StrEnum):
    """The forms there are; the value goes with what they send."""

    PAGE = "page"
    LIVE = "live"
    EMBED = "embed"

    @property
    def heading(self) -> str:
        """What stands above it."""
        return "Breaking news, straight to your inbox" if self is Form.LIVE else "Breaking news by email"


def line(topic: Topic, form: Form = Form.PAGE) -> str:
    """How a form offers a topic."""
    if topic.blog_id:
        return STORY if form is Form.LIVE else f"{STORY}: {topic.name}"
    return topic.name if form is Form.LIVE else " ".join((topic.name, topic.description)).strip()


def agreed(form: Form, topic: Topic, rhythm: Rhythm) -> str:
    """The words somebody agreed to, as they stood on the form."""
    often = "" if form is Form.LIVE else str(rhythm.label)
    parts = (form.heading, line(topic, form), often, SMALL_PRINT, BUTTON)
    return cut(" / ".join(part for part in parts if part))


def question(topic_name: str) -> str:
    """What the page behind a confirm link asks; the address stands beside it, and is not kept with the consent."""
    return f"Send “{topic_name}” to this address?"


def cut(text: str) -> str:
    """As much as a consent keeps, on one line."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
