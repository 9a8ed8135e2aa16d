"""Sentences that the pages' scripts show, in the active language: one JSON block per page (coverage/texts.js)."""

from collections.abc import Callable

from django.utils.formats import get_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

PLURAL_SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""One number for each of CLDR's plural categories; it is of that category in every language that has the category."""


def post_count(number: int) -> str:
    """Return `1,204 posts`, or that there are none."""
    if not number:
        return _("No posts yet")
    return _posts(number).format(number=number_format(number, 0, force_grouping=True))


def script_texts() -> dict[str, str | dict[str, str]]:
    """Return every sentence by its name; sentences with a number by plural category, as Intl.PluralRules names them."""
    return {
        "thousands": str(get_format("THOUSAND_SEPARATOR")),
        "noPosts": _("No posts yet"),
        "posts": _forms(_posts),
        "newPosts": _forms(lambda number: ngettext("{number} new post", "{number} new posts", number)),
        "newPost": _("New post: {title}"),
        "correction": _("Correction: {title}"),
        "withdrawn": _forms(lambda number: ngettext("A post was withdrawn", "{number} posts were withdrawn", number)),
        "ended": _("Coverage has ended"),
        # Translators: the mark between two sentences that a screen reader reads out.
        "between": pgettext("between sentences", ". "),
        "copied": _("Link copied"),
        "connected": _("Connected again"),
        "offline": _("You are offline."),
        "reconnecting": _("Reconnecting…"),
        "lastUpdate": _("Last update {time}"),
        "now": _("just now"),
        "minutes": _forms(lambda number: ngettext("{number} min ago", "{number} min ago", number)),
        "hours": _forms(lambda number: ngettext("{number} h ago", "{number} h ago", number)),
    }


def _posts(number: int) -> str:
    return ngettext("{number} post", "{number} posts", number)


def _forms(sentence: Callable[[int], str]) -> dict[str, str]:
    return {category: sentence(number) for category, number in PLURAL_SAMPLES.items()}
