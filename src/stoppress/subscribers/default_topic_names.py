"""The topic that every newsroom has: breaking news. Its default text is translated until the newsroom edits it."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

BREAKING_SLUG, BREAKING_NAME = "breaking", "Breaking news"
BREAKING_DESCRIPTION = "A short message the moment something important happens. Never more than the news asks for."


def localised_topic_name(name: str) -> str:
    """Return a topic's name as readers see it: the default name in the active language, any other as it is."""
    return pgettext("topic", "Breaking news") if name == BREAKING_NAME else name


def localised_topic_description(description: str) -> str:
    """Return a topic's description as readers see it: the default in the active language, any other as it is."""
    if description != BREAKING_DESCRIPTION:
        return description
    return _("A short message the moment something important happens. Never more than the news asks for.")
