"""Sentences of sign-up forms in the active language: shown by templates and stored with the consent, word for word."""

from enum import StrEnum

from django.utils.translation import gettext as _

from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic import localised_topic_description, localised_topic_name
from stoppress.subscribers.models import Topic

MAX_WORDING_LENGTH = 500
"""Characters of the words that a consent keeps."""


class SignUpForm(StrEnum):
    """The forms there are; the value goes with what they send."""

    PAGE = "page"
    LIVE = "live"
    EMBED = "embed"


def form_heading(form: SignUpForm) -> str:
    """Return the heading of a form."""
    return _("Breaking news, straight to your inbox") if form is SignUpForm.LIVE else _("Breaking news by email")


def topic_line(topic: Topic, form: SignUpForm = SignUpForm.PAGE) -> str:
    """How a form offers a topic."""
    if topic.blog_id:
        return _("This story") if form is SignUpForm.LIVE else _("This story: {topic}").format(topic=localised_topic_name(topic.name))
    if form is SignUpForm.LIVE:
        return localised_topic_name(topic.name)
    return " ".join((localised_topic_name(topic.name), localised_topic_description(topic.description))).strip()


def form_wording(form: SignUpForm, topic: Topic, frequency: Frequency) -> str:
    """The words somebody agreed to, as they stood on the form."""
    often = "" if form is SignUpForm.LIVE else str(frequency.label)
    parts = (form_heading(form), topic_line(topic, form), often, _("Free. No tracking. Leave with one click."), _("Sign up"))
    return shorten_wording(" / ".join(part for part in parts if part))


def confirm_question(topic_name: str) -> str:
    """What the page behind a confirm link asks; the address stands beside it, and is not kept with the consent."""
    return _("Send “{topic}” to this address?").format(topic=localised_topic_name(topic_name))


def shorten_wording(text: str) -> str:
    """As much as a consent keeps, on one line."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= MAX_WORDING_LENGTH else text[: MAX_WORDING_LENGTH - 1] + "…"
