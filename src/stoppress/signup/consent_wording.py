"""Sentences of the sign-up forms in the active language. Templates show them; consents store them unchanged."""

from enum import StrEnum

from django.utils.translation import gettext as _

from stoppress.runtime.single_line import to_single_line
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic_names import localised_topic_description, localised_topic_name
from stoppress.subscribers.models import Topic

MAX_WORDING_LENGTH = 500
"""Characters that a consent stores."""


class SignUpForm(StrEnum):
    """The sign-up forms; a live page's form sends its value."""

    PAGE = "page"
    LIVE = "live"
    EMBED = "embed"


def form_heading(form: SignUpForm) -> str:
    """Return the heading of a form."""
    return _("Breaking news, straight to your inbox") if form is SignUpForm.LIVE else _("Breaking news by email")


def topic_line(topic: Topic, form: SignUpForm = SignUpForm.PAGE) -> str:
    """Return the text with which a form offers a topic."""
    name = localised_topic_name(topic.name)
    if topic.blog_id:
        return _("This story") if form is SignUpForm.LIVE else _("This story: {topic}").format(topic=name)
    if form is SignUpForm.LIVE:
        return name
    return " ".join((name, localised_topic_description(topic.description))).strip()


def form_wording(form: SignUpForm, topic: Topic, frequency: Frequency) -> str:
    """Return the wording to store with a consent, as the form shows it for one topic."""
    how_often = "" if form is SignUpForm.LIVE else str(frequency.label)
    promise = _("Free. No tracking. Unsubscribe with one click.")
    parts = (form_heading(form), topic_line(topic, form), how_often, promise, _("Sign up"))
    return shorten_wording(" / ".join(part for part in parts if part))


def confirm_question(topic_name: str) -> str:
    """Return the question on the confirm page. The page shows the address beside it; the consent does not store it."""
    return _("Send “{topic}” to this address?").format(topic=localised_topic_name(topic_name))


def shorten_wording(text: str) -> str:
    """Return `text` on one line, cut to the length that a consent stores."""
    text = to_single_line(text)
    return text if len(text) <= MAX_WORDING_LENGTH else text[: MAX_WORDING_LENGTH - 1] + "…"
