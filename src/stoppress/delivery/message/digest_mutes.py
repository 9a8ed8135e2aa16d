"""A digest without the stories that a reader has muted. Pure.

Readers who have muted the same of its stories get the same words, made once (docs/decisions/017-muted-in-digests.md).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from stoppress.delivery.message.digest_content import Digest, count_since, subject_of
from stoppress.subscribers.choices import Rhythm


def stories_of(items: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The slugs of the stories that frozen items are about; an item about none cannot be muted."""
    return frozenset(str(item["story"]) for item in items if item.get("story"))


def says_nothing(items: Iterable[Mapping[str, Any]], muted: frozenset[str]) -> bool:
    """Whether nothing is left of these items for who has muted that."""
    return all(_is_muted(item, muted) for item in items)


def without(
    found: Digest,
    muted: frozenset[str],
    topic_name: str,
    rhythm: Rhythm,
) -> Digest:
    """Return a digest without muted stories, in the active language. At least one item must be left."""
    items = tuple(item for item in found.items if not _is_muted(item, muted))
    if len(items) == len(found.items):
        return found
    best = min(items, key=lambda item: item["rank"])
    summary = " ".join((count_since(rhythm, len(items)), _("What you have muted is left out.")))
    return Digest(subject_of(rhythm, topic_name, best), found.headline, summary, items, {})


def _is_muted(item: Mapping[str, Any], muted: frozenset[str]) -> bool:
    return bool(item.get("story")) and item["story"] in muted
