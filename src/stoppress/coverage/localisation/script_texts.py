"""Sentences for the pages' scripts in the active language, sent as one JSON block per page (see coverage/texts.js)."""

from collections.abc import Callable

from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from stoppress.coverage.localisation.numbers import group_digits

PLURAL_SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""One number for each plural category of CLDR. It has that category in every language that uses the category."""


def post_count(number: int) -> str:
    """Return `1,204 posts`, or a sentence for none."""
    if not number:
        return _("No posts yet")
    return _posts(number).format(number=group_digits(number))


def script_texts() -> dict[str, str | dict[str, str]]:
    """Return all sentences by name. One with a number is a dict by plural category, as in Intl.PluralRules."""
    return {
        "thousands": str(get_format("THOUSAND_SEPARATOR")),
        "noPosts": _("No posts yet"),
        "posts": plural_forms(_posts),
        "newPosts": plural_forms(lambda number: ngettext("{number} new post", "{number} new posts", number)),
        "newPostsAtEnd": plural_forms(
            lambda number: ngettext("{number} new post at the end", "{number} new posts at the end", number)
        ),
        "newPost": _("New post: {title}"),
        "correction": _("Correction: {title}"),
        "withdrawn": plural_forms(
            lambda number: ngettext("A post was withdrawn", "{number} posts were withdrawn", number)
        ),
        "ended": _("Coverage has ended"),
        # Translators: the mark between two sentences that a screen reader reads out.
        "between": pgettext("between sentences", ". "),
        "picture": _("Picture: {alt}"),
        "noNewPosts": _("No new posts"),
        "noMorePosts": _("No more posts on this page"),
        "copied": _("Link copied"),
        "connected": _("Connected again"),
        "offline": _("You are offline."),
        "reconnecting": _("Reconnecting…"),
        "lastUpdate": _("Last update {time}"),
        "now": _("just now"),
        "minutes": plural_forms(lambda number: ngettext("{number} min ago", "{number} min ago", number)),
        "hours": plural_forms(lambda number: ngettext("{number} h ago", "{number} h ago", number)),
    }


def _posts(number: int) -> str:
    return ngettext("{number} post", "{number} posts", number)


def plural_forms(sentence: Callable[[int], str]) -> dict[str, str]:
    """Return `sentence(number)` for one number of each plural category, by category."""
    return {category: sentence(number) for category, number in PLURAL_SAMPLES.items()}
