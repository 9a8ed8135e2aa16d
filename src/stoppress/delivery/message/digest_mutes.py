"""A digest without the stories that a reader has muted. Pure.

Readers who have muted the same of its stories get the same words, made once (docs/decisions/017-muted-stories-in-digests.md).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from stoppress.delivery.message.digest_content import DigestContent, story_count_sentence, digest_subject
from stoppress.subscribers.choices import Frequency


def find_item_stories(items: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The slugs of the stories that frozen items are about; an item about none cannot be muted."""
    return frozenset(str(item["story"]) for item in items if item.get("story"))


def is_fully_muted(items: Iterable[Mapping[str, Any]], muted: frozenset[str]) -> bool:
    """Whether nothing is left of these items for who has muted that."""
    return all(_is_muted(item, muted) for item in items)


def remove_muted_stories(
    found: DigestContent,
    muted: frozenset[str],
    topic_name: str,
    frequency: Frequency,
) -> DigestContent:
    """Return a digest without muted stories, in the active language. At least one item must be left."""
    items = tuple(item for item in found.items if not _is_muted(item, muted))
    if len(items) == len(found.items):
        return found
    best = min(items, key=lambda item: item["rank"])
    summary = " ".join((story_count_sentence(frequency, len(items)), _("What you have muted is left out.")))
    return DigestContent(digest_subject(frequency, topic_name, best), found.headline, summary, items, {})


def _is_muted(item: Mapping[str, Any], muted: frozenset[str]) -> bool:
    return bool(item.get("story")) and item["story"] in muted
