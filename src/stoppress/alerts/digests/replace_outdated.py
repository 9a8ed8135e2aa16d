"""Replace digests whose items were corrected or withdrawn, for the readers whom they have not reached.

    digest ──correction or withdrawal──► halted ──► its unsent deliveries: superseded
                                                          └──► the same readers' deliveries of a new digest: pending

The new digest is an alert of its own, so that every receipt shows what was sent. A reader's delivery moves within one
transaction: no reader gets both digests, and after a crash the next run continues. A digest that an editor halted
stays halted.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.digests.compile_digests import DIGEST_EDITOR, compile_edition, content_fields
from stoppress.alerts.digests.edition_ranges import EditionRange
from stoppress.alerts.digests.editions import Edition, edition_on
from stoppress.alerts.models import Decision
from stoppress.delivery.choices import Lane, Urgency
from stoppress.delivery.ledger.delivery_states import HALTED, SUPERSEDED, WAITING, check_transition
from stoppress.delivery.ledger.outdated_digests import find_outdated_digests
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.recipients.send_order import begin_send
from stoppress.delivery.transitions.halt import filter_unfinished, halt_alerts
from stoppress.runtime import notifications
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.time_zones import subscriber_zone

UNSENT = (*sorted(WAITING), HALTED)
HALT_OR_RESUME = (DecisionKind.HALTED, DecisionKind.UNDONE, DecisionKind.RESUMED)
DELIVERIES_PER_TRANSACTION = 500
"""A transaction that moves this many deliveries takes about 20 ms."""
REPLACEMENT_NOTE = "An item was corrected or withdrawn: readers who had not got it yet get the current version"


def replace_outdated_digests(now: datetime) -> int:
    """Halt outdated digests and move their unsent deliveries to new ones. Return how many deliveries were moved."""
    digests = list(Alert.objects.filter(urgency=Urgency.DIGEST, not_after__gt=now).select_related("topic"))
    outdated = find_outdated_digests(digests)
    unmarked = [digest.pk for digest in outdated if digest.halted_at is None]
    halt_alerts(filter_unfinished(Alert.objects.filter(pk__in=unmarked)), now=now)
    return sum(_replace(digest, now) for digest in outdated if not _is_halted_by_editor(digest))


def _is_halted_by_editor(digest: Alert) -> bool:
    """Return True if an editor's last decision about the digest, or about one that replaced it, was to halt it."""
    about = Q(alert=digest) | Q(alert__in=_later_digests(digest))
    decisions = Decision.objects.filter(about, kind__in=HALT_OR_RESUME)
    last = decisions.order_by("-pk").first()  # not by their times: two machines may have written them
    return last is not None and last.kind != DecisionKind.RESUMED


def _replace(digest: Alert, now: datetime) -> int:
    """Move the unsent deliveries of one digest. If its recipients are not all materialised, the next run does it."""
    unsent = Delivery.objects.filter(alert=digest, state__in=UNSENT)
    if not Alert.objects.filter(pk=digest.pk, materialised_at__isnull=False).exists() or not unsent.exists():
        return 0
    successor = _find_successor(digest) or _create_successor(digest, now)
    if successor is None:
        return 0
    count = 0
    while moved_count := _move_deliveries(digest, successor, now):
        count += moved_count
    if count:
        Decision.objects.create(
            alert=digest, kind=DecisionKind.CORRECTED, by=DIGEST_EDITOR, at=now, count=count, note=REPLACEMENT_NOTE
        )
        notifications.notify(notifications.MAIL)
    return count


def _find_successor(digest: Alert) -> Alert | None:
    """Return the digest that has begun to replace this one, if it may still be sent."""
    newest = _later_digests(digest).filter(halted_at__isnull=True).order_by("-generation").first()
    return newest if newest and not find_outdated_digests([newest]) else None


def _later_digests(digest: Alert) -> QuerySet[Alert]:
    """Return the digests that replaced this one, directly or in turn: all of one edition expire at the same time."""
    later = Alert.objects.filter(digest_day__isnull=True, generation__gt=digest.generation, **_edition_key(digest))
    return later.filter(not_after=digest.not_after)


def _create_successor(digest: Alert, now: datetime) -> Alert | None:
    """Create a new digest; None if no item is left. It has no recipients of its own: deliveries are moved to it."""
    edition, covered = _find_edition(digest), EditionRange(**digest.digest_range)
    content = compile_edition(digest.topic, edition, covered) if edition else None
    if content is None or not content.items:
        return None
    with transaction.atomic():
        return Alert.objects.create(
            **_edition_key(digest),
            **content_fields(content),
            created_at=now,
            not_after=digest.not_after,
            digest_range=digest.digest_range,
            last_source_id=digest.last_source_id,
            generation=begin_send(),
            materialised_up_to_id=digest.last_source_id,
            materialised_at=now,
            intended=0,
        )


def _edition_key(digest: Alert) -> dict[str, Any]:
    return {"topic": digest.topic, "urgency": Urgency.DIGEST, "frequency": digest.frequency, "zone": digest.zone}


def _find_edition(digest: Alert) -> Edition | None:
    """Return the edition of the first digest that this one replaces, directly or in turn; else its own."""
    firsts = Alert.objects.filter(digest_day__isnull=False, generation__lte=digest.generation, **_edition_key(digest))
    first = firsts.order_by("-generation").first()
    if first is None or first.digest_day is None:
        return None
    return edition_on(first.digest_day, subscriber_zone(digest.zone), Frequency(digest.frequency))


def _move_deliveries(digest: Alert, successor: Alert, now: datetime) -> int:
    """Move one slice of unsent deliveries to the successor, unless the digest was resumed in the meantime."""
    for state in UNSENT:
        check_transition(state, SUPERSEDED)
    with transaction.atomic():
        if not Alert.objects.select_for_update().filter(pk=digest.pk, halted_at__isnull=False):
            return 0
        unsent = Delivery.objects.select_for_update().filter(alert=digest, state__in=UNSENT).order_by("pk")
        rows = list(unsent.values_list("pk", "subscriber_id")[:DELIVERIES_PER_TRANSACTION])
        values = {"alert": successor, "lane": Lane.DIGEST, "created_at": successor.created_at, "next_attempt_at": now}
        Delivery.objects.bulk_create(Delivery(subscriber_id=subscriber_id, **values) for _, subscriber_id in rows)
        old = Delivery.objects.filter(pk__in=[pk for pk, _ in rows])
        old.update(state=SUPERSEDED, next_attempt_at=None, settled_at=now)
        Alert.objects.filter(pk=successor.pk).update(intended=F("intended") + len(rows))
    return len(rows)
