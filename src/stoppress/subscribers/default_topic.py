"""The topic that every newsroom has from the start; translated until the newsroom edits its words."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

SLUG, NAME = "breaking", "Breaking news"
DESCRIPTION = "A short message the moment something important happens. Never more than the news asks for."


def shown_name(name: str) -> str:
    """Return a topic's name as readers see it: the default name in the active language, any other as it is."""
    return pgettext("topic", "Breaking news") if name == NAME else name


def shown_description(description: str) -> str:
    """Return a topic's description as readers see it: the default in the active language, any other as it is."""
    if description != DESCRIPTION:
        return description
    return _("A short message the moment something important happens. Never more than the news asks for.")
