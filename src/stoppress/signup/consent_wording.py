"""Sentences of sign-up forms in the active language: shown by templates and stored with the consent, word for word."""

from enum import StrEnum

from django.utils.translation import gettext as _

from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.default_topic import shown_description, shown_name
from stoppress.subscribers.models import Topic

LONGEST = 500
"""Characters of the words that a consent keeps."""


class Form(StrEnum):
    """The forms there are; the value goes with what they send."""

    PAGE = "page"
    LIVE = "live"
    EMBED = "embed"


def heading(form: Form) -> str:
    """Return the heading of a form."""
    return _("Breaking news, straight to your inbox") if form is Form.LIVE else _("Breaking news by email")


def line(topic: Topic, form: Form = Form.PAGE) -> str:
    """How a form offers a topic."""
    if topic.blog_id:
        return _("This story") if form is Form.LIVE else _("This story: {topic}").format(topic=shown_name(topic.name))
    if form is Form.LIVE:
        return shown_name(topic.name)
    return " ".join((shown_name(topic.name), shown_description(topic.description))).strip()


def agreed(form: Form, topic: Topic, rhythm: Rhythm) -> str:
    """The words somebody agreed to, as they stood on the form."""
    often = "" if form is Form.LIVE else str(rhythm.label)
    parts = (heading(form), line(topic, form), often, _("Free. No tracking. Leave with one click."), _("Sign up"))
    return cut(" / ".join(part for part in parts if part))


def question(topic_name: str) -> str:
    """What the page behind a confirm link asks; the address stands beside it, and is not kept with the consent."""
    return _("Send “{topic}” to this address?").format(topic=shown_name(topic_name))


def cut(text: str) -> str:
    """As much as a consent keeps, on one line."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
