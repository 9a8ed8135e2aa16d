"""Hold back claimed deliveries for which a provider's warm-up budget has no room, in the transaction that claims them.

They were never sent: in flight ──► deferred, as a paused domain does it. None is lost, and `intended` stays. They are
claimed again every RETRY_INTERVAL, and expire at the alert's own end.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.delivery_states import DEFERRED
from stoppress.delivery.ledger.providers import find_provider
from stoppress.delivery.ledger.warm_up import HELD_BACK_REPLY, add_to_day, is_limited, is_warming_up, remaining_budgets
from stoppress.delivery.models import ProviderDay
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.subscribers.models import Subscriber

RETRY_INTERVAL = timedelta(minutes=29)
"""Shorter than the longest wait that counts as a fault of a clock (clock_jumps.py)."""


def hold_back_over_budget(
    claimed: Sequence[ClaimedDelivery], *, now: datetime
) -> tuple[list[ClaimedDelivery], list[SettledDelivery]]:
    """Return the deliveries within budget, and the results of the others.

    Args:
        claimed: deliveries in flight; those of more urgent lanes are served first.
        now: the time.
    """
    if not claimed or not is_warming_up(now):
        return list(claimed), []
    providers = {delivery.id: find_provider(delivery.email.rpartition("@")[2].lower()) for delivery in claimed}
    names = sorted(set(providers.values()))
    list(ProviderDay.objects.select_for_update().filter(provider__in=names).order_by("provider", "day"))
    remaining, sent = remaining_budgets(names, now), Counter[str]()
    allowed, held_back = [], []
    for delivery in sorted(claimed, key=lambda delivery: delivery.lane):
        left = remaining[provider := providers[delivery.id]]
        limit = None if left is None else left[delivery.lane is Lane.DIGEST]
        if limit is not None and is_limited(delivery.lane) and delivery.alert_id and sent[provider] >= limit:
            held_back.append(_held_back(delivery, now))
            continue
        sent[provider] += 1
        allowed.append(delivery)
    add_to_day("sent", sent, now)
    return allowed, held_back


def record_deferrals(settled: Sequence[SettledDelivery], *, now: datetime) -> None:
    """Count the replies 4xx among these results by provider."""
    deferred = [each.subscriber_id for each in settled if each.state is DEFERRED and each.code]
    if not deferred or not is_warming_up(now):
        return
    domains = Subscriber.objects.filter(pk__in=deferred).values_list("domain", flat=True)
    add_to_day("deferred", Counter(find_provider(domain) for domain in domains), now)


def _held_back(delivery: ClaimedDelivery, now: datetime) -> SettledDelivery:
    next_attempt_at = min((now + RETRY_INTERVAL).replace(microsecond=0), delivery.not_after)
    return SettledDelivery(
        delivery.id,
        delivery.subscriber_id,
        DEFERRED,
        delivery.attempts,
        reply=HELD_BACK_REPLY,
        next_attempt_at=next_attempt_at,
    )
