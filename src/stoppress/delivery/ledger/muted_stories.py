"""Stories that readers have muted, looked up for each window of digests: what is left out, and for whom all is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, SUPPRESSED
from stoppress.delivery.ledger.sql_dialects import BLOG, MUTE, in_keys, keys_parameter, select_rows, parse_uuid
from stoppress.delivery.message.digest_mutes import is_fully_muted, find_item_stories
from stoppress.delivery.models import Alert

MAX_DIGEST_VERSIONS = 16
"""Different sets of muted stories in one window: each is a mail to be made, some milliseconds of work. Who has another
one stays where they are until the next window."""
Row = Sequence[Any]


def apply_mutes(judged: Sequence[Row]) -> tuple[Sequence[Row], dict[int, frozenset[str]]]:
    """A window as its digests' readers want it, and for each delivery that leaves something out, what that is.

    Rows are as claiming.COLUMNS gives them; all other lanes' come back as they are.
    """
    going = [row for row in judged if row[0] == Lane.DIGEST and row[-1] == IN_FLIGHT and row[6]]
    mutes = _mutes(row[2] for row in going) if going else {}
    if not mutes:
        return judged, {}
    items = dict(Alert.objects.filter(pk__in={parse_uuid(row[6]) for row in going}).values_list("pk", "items"))
    stories = {pk: find_item_stories(found) for pk, found in items.items()}
    without: dict[int, frozenset[str]] = {}
    silent = set()
    for row in going:
        alert = parse_uuid(row[6])
        if alert and (muted := mutes.get(row[2], frozenset()) & stories[alert]):
            without[row[1]] = muted
            if is_fully_muted(items[alert], muted):
                silent.add(row[1])
    return _kept(judged, without, silent), without


def _mutes(subscribers: Iterable[int]) -> Mapping[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    rest = f"{MUTE} m JOIN {BLOG} b ON b.id = m.blog_id WHERE m.subscriber_id {in_keys()}"
    for subscriber, slug in select_rows("m.subscriber_id, b.slug", rest, [keys_parameter(subscribers)]):
        found[subscriber] = found.get(subscriber, frozenset()) | {slug}
    return found


def _kept(judged: Sequence[Row], without: Mapping[int, frozenset[str]], silent: set[int]) -> list[Row]:
    """The window without those for whom it would have to make too many different mails."""
    kept, sets = [], set[tuple[UUID, frozenset[str]]]()
    for row in judged:
        if row[1] in silent:
            row = [*row[:-1], SUPPRESSED]
        elif row[1] in without:
            made = (row[6], without[row[1]])
            if made not in sets and len(sets) >= MAX_DIGEST_VERSIONS:
                continue
            sets.add(made)
        kept.append(row)
    return kept
