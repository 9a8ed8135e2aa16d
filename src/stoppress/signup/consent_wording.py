"""Sentences of the sign-up forms in the active language. Templates show them; consents store them unchanged."""

from enum import StrEnum

from django.utils.translation import gettext as _

from stoppress.runtime.text_cleaning import clean_line
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


def form_wording(form: SignUpForm, topic: Topic, frequency: Frequency, *, has_choice: bool = True) -> str:
    """Return the wording to store with a consent, as the form shows it for one topic.

    The form of a live page names its topic only if it offers a choice (`has_choice`).
    """
    is_live = form is SignUpForm.LIVE
    offer = topic_line(topic, form) if has_choice or not is_live else ""
    how_often = "" if is_live else str(frequency.label)
    promise = _("Free. No tracking. Unsubscribe with one click.")
    return shorten_wording(_join(form_heading(form), offer, how_often, promise, _("Sign up")))


def confirm_question(topic_name: str) -> str:
    """Return the question on the confirm page. The page shows the address beside it; the consent does not store it."""
    return _("Send “{topic}” to this address?").format(topic=localised_topic_name(topic_name))


def confirm_wording(topic: Topic, *, is_one_of_several: bool) -> str:
    """Return the wording of the confirm page for one topic: a question, or a line of its list of topics."""
    if not is_one_of_several:
        return _join(confirm_question(topic.name), _("Yes, sign me up"))
    line = " ".join((localised_topic_name(topic.name), localised_topic_description(topic.description))).strip()
    return _join(_("Confirm your address"), _("What to send"), line, _("Yes, sign me up"))


def preferences_line(topic: Topic) -> str:
    """Return what the preferences page shows beside the name of a topic."""
    return _("Alerts about this story") if topic.blog_id else localised_topic_description(topic.description)


def preferences_wording(topic: Topic, frequency: Frequency) -> str:
    """Return the wording of the preferences page for one topic."""
    line = " ".join((localised_topic_name(topic.name), preferences_line(topic))).strip()
    return _join(line, str(frequency.label), _("Save"))


def undo_question(topic_name: str) -> str:
    """Return the question on the page of an undo link."""
    return _("Subscribe to “{topic}” again?").format(topic=localised_topic_name(topic_name))


def undo_wording(topic_name: str, *, is_after_unsubscribing: bool) -> str:
    """Return the wording of the undo button: beside the news that a subscription ended, or on a page of its own."""
    if is_after_unsubscribing:
        return _join(_("Was that a mistake? You can undo it for an hour."), _("Undo"))
    return _join(undo_question(topic_name), _("Yes, keep it coming"))


def _join(*parts: str) -> str:
    return " / ".join(part for part in parts if part)


def shorten_wording(text: str) -> str:
    """Return `text` on one line, cut to the length that a consent stores."""
    text = clean_line(text)
    return text if len(text) <= MAX_WORDING_LENGTH else text[: MAX_WORDING_LENGTH - 1] + "…"
