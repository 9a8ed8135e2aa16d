"""Remove the stories that a reader has muted from a digest. Pure.

Readers who have muted the same of its stories get the same text, made once (docs/decisions/017-muted-in-digests.md).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from stoppress.delivery.message.digest_content import DigestContent, digest_subject, story_count_sentence
from stoppress.subscribers.choices import Frequency


def find_item_stories(items: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the slugs of the stories of stored items. An item without a story cannot be muted."""
    return frozenset(str(item["story"]) for item in items if item.get("story"))


def is_fully_muted(items: Iterable[Mapping[str, Any]], muted: frozenset[str]) -> bool:
    """Return True if every one of these items is muted."""
    return all(_is_muted(item, muted) for item in items)


def remove_muted_stories(
    digest: DigestContent,
    muted: frozenset[str],
    topic_name: str,
    frequency: Frequency,
) -> DigestContent:
    """Return a digest without muted stories, in the active language. At least one item must be left."""
    items = tuple(item for item in digest.items if not _is_muted(item, muted))
    if len(items) == len(digest.items):
        return digest
    best = min(items, key=lambda item: item["rank"])
    summary = " ".join((story_count_sentence(frequency, len(items)), _("Stories that you have muted are left out.")))
    return DigestContent(digest_subject(frequency, topic_name, best), digest.headline, summary, items, {})


def _is_muted(item: Mapping[str, Any], muted: frozenset[str]) -> bool:
    return bool(item.get("story")) and item["story"] in muted
