"""What sign-up forms say: printed by their templates and kept with the consent, so that both are the same words."""

from enum import StrEnum

from stoppress.alerts.models import Topic
from stoppress.alerts.phrases import ENGLISH, PagePhrases
from stoppress.alerts.words import Rhythm

LONGEST = 500
"""Characters of the words that a consent keeps."""


class Form(StrEnum):
    """The forms there are; the value goes with what they send."""

    PAGE = "page"
    LIVE = "live"
    EMBED = "embed"


def heading(form: Form, said: PagePhrases) -> str:
    """What stands above it."""
    return said.title_live if form is Form.LIVE else said.title


def line(topic: Topic, form: Form = Form.PAGE, said: PagePhrases = ENGLISH.page) -> str:
    """How a form offers a topic."""
    if topic.blog_id:
        return said.story if form is Form.LIVE else said.story_named.format(topic=topic.name)
    return topic.name if form is Form.LIVE else " ".join((topic.name, topic.description)).strip()


def agreed(form: Form, topic: Topic, rhythm: Rhythm, said: PagePhrases = ENGLISH.page) -> str:
    """The words somebody agreed to, as they stood on the form."""
    often = "" if form is Form.LIVE else said.rhythms[rhythm]
    parts = (heading(form, said), line(topic, form, said), often, said.small_print, said.sign_up)
    return cut(" / ".join(part for part in parts if part))


def question(topic_name: str, said: PagePhrases) -> str:
    """What the page behind a confirm link asks; the address stands beside it, and is not kept with the consent."""
    return said.question.format(topic=topic_name)


def cut(text: str) -> str:
    """As much as a consent keeps, on one line."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
