"""Apply readers' mutes to a window of digests: which stories a reader's copy leaves out, and which copies are empty."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, SUPPRESSED
from stoppress.delivery.ledger.due_deliveries import DueDelivery
from stoppress.delivery.ledger.sql_dialects import BLOG, MUTE, in_keys, keys_parameter, parse_uuid, select_rows
from stoppress.delivery.message.digest_mutes import find_item_stories, is_fully_muted
from stoppress.delivery.models import Alert

MAX_DIGEST_VERSIONS = 16
"""Maximum number of different sets of muted stories in one window. Each needs a mail of its own, some milliseconds of
work. Deliveries with a further set wait for the next window."""


class MutedStory(NamedTuple):
    """One mute: a subscriber, and the slug of the live blog."""

    subscriber_id: int
    slug: str


def apply_mutes(window: Sequence[DueDelivery]) -> tuple[Sequence[DueDelivery], dict[int, frozenset[str]]]:
    """Return the window with mutes applied to its digests, and what each digest leaves out.

    Args:
        window: deliveries of all lanes; those of other lanes are returned unchanged.

    Returns:
        The deliveries that the mailer handles now, fully muted digests marked as suppressed; and for each delivery id
        with muted stories the slugs that its mail leaves out.
    """
    digests = [row for row in window if row.lane == Lane.DIGEST and row.next_state == IN_FLIGHT and row.alert_id]
    mutes = _select_mutes(delivery.subscriber_id for delivery in digests) if digests else {}
    if not mutes:
        return window, {}
    alert_ids = {delivery.id: parse_uuid(delivery.alert_id) for delivery in digests}
    items = dict(Alert.objects.filter(pk__in=set(alert_ids.values())).values_list("pk", "items"))
    stories = {pk: find_item_stories(alert_items) for pk, alert_items in items.items()}
    left_out: dict[int, frozenset[str]] = {}
    empty = set()
    for delivery in digests:
        alert_id = alert_ids[delivery.id]
        if alert_id and (muted := mutes.get(delivery.subscriber_id, frozenset()) & stories[alert_id]):
            left_out[delivery.id] = muted
            if is_fully_muted(items[alert_id], muted):
                empty.add(delivery.id)
    return _limit_versions(window, left_out, empty), left_out


def _select_mutes(subscriber_ids: Iterable[int]) -> Mapping[int, frozenset[str]]:
    """Return the slugs of muted live blogs by subscriber. Index: the unique one of mutes (subscriber, blog)."""
    mutes: dict[int, frozenset[str]] = {}
    rest = f"{MUTE} m JOIN {BLOG} b ON b.id = m.blog_id WHERE m.subscriber_id {in_keys()}"
    for mute in select_rows(MutedStory._make, "m.subscriber_id, b.slug", rest, [keys_parameter(subscriber_ids)]):
        mutes[mute.subscriber_id] = mutes.get(mute.subscriber_id, frozenset()) | {mute.slug}
    return mutes


def _limit_versions(
    window: Sequence[DueDelivery], left_out: Mapping[int, frozenset[str]], empty: set[int]
) -> list[DueDelivery]:
    """Return the window without deliveries beyond MAX_DIGEST_VERSIONS; empty copies become suppressed."""
    remaining, versions = [], set[tuple[object, frozenset[str]]]()
    for delivery in window:
        if delivery.id in empty:
            remaining.append(delivery._replace(next_state=SUPPRESSED))
            continue
        if delivery.id in left_out:
            version = (delivery.alert_id, left_out[delivery.id])
            if version not in versions and len(versions) >= MAX_DIGEST_VERSIONS:
                continue
            versions.add(version)
        remaining.append(delivery)
    return remaining
