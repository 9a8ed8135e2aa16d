"""The daily budget per provider while a new sending domain or address is warmed up (STOPPRESS_WARM_UP_SINCE).

    days since the start ──► SCHEDULE ──► budget of the day      each bad day takes BAD_DAY_PENALTY days off

A bad day is one on which a provider deferred more than 5 percent, or got more than 1 complaint per 1,000 messages;
today counts as well. Digests may use half of a budget, so that news is left the rest. Mail that a reader requested just
now, such as a confirmation, is counted but never held back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from django.conf import settings
from django.db.models import F

from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.providers import find_provider
from stoppress.delivery.models import ProviderDay

SCHEDULE = (200, 400, 800, 1_500, 3_000, 5_000, 8_000, 12_000, 20_000, 35_000, 60_000, 100_000, 200_000, 400_000)
"""Messages to one provider on each day; there is no limit after the last."""
BAD_DAY_PENALTY = 2
"""Days that a bad day sets the schedule back."""
MIN_JUDGED = 50
"""Messages of a day below which it is not judged."""
MAX_DEFERRED_SHARE, MAX_COMPLAINT_SHARE = 0.05, 0.001
DIGEST_SHARE = 0.5
HELD_BACK_REPLY = "held back: the warm-up budget of this provider is used up for today"
"""Stored with a delivery that waits for a budget. Receipts and alarms recognise it by this text."""


def is_warming_up(now: datetime) -> bool:
    """Return True if budgets may apply."""
    return settings.WARM_UP_SINCE is not None and now.astimezone(UTC).date() >= settings.WARM_UP_SINCE


def daily_budget(since: date, today: date, days: Iterable[ProviderDay]) -> int | None:
    """Return how many messages one provider may get today; None without a limit. Pure.

    Args:
        since: the first day of the warm-up.
        today: the day.
        days: the provider's figures since then.
    """
    bad_days = sum(is_bad_day(day) for day in days)
    step = max(0, (today - since).days - BAD_DAY_PENALTY * bad_days)
    return SCHEDULE[step] if step < len(SCHEDULE) else None


def is_bad_day(day: ProviderDay) -> bool:
    """Return True if the provider deferred too much, or too many readers complained."""
    if day.sent < MIN_JUDGED:
        return False
    return day.deferred > MAX_DEFERRED_SHARE * day.sent or day.complaints > MAX_COMPLAINT_SHARE * day.sent


def remaining_budgets(providers: Iterable[str], now: datetime) -> dict[str, tuple[int, int] | None]:
    """Return what is left for today by provider: for news, and for digests; None without a limit."""
    today = now.astimezone(UTC).date()
    since: date = settings.WARM_UP_SINCE or today
    days: dict[str, list[ProviderDay]] = defaultdict(list)
    for day in ProviderDay.objects.filter(provider__in=set(providers), day__gte=since):
        days[day.provider].append(day)
    remaining: dict[str, tuple[int, int] | None] = {}
    for provider in set(providers):
        budget = daily_budget(since, today, days[provider])
        sent = sum(day.sent for day in days[provider] if day.day == today)
        remaining[provider] = (
            None if budget is None else (max(0, budget - sent), max(0, int(budget * DIGEST_SHARE) - sent))
        )
    return remaining


def count_over_budget(counts: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Return for each provider how many of its recipients today's budget would hold back, by recipients per domain."""
    by_provider: Counter[str] = Counter()
    for domain, count in counts.items():
        by_provider[find_provider(domain)] += count
    remaining = remaining_budgets(by_provider, now)
    over = {name: count - left[0] for name, count in by_provider.items() if (left := remaining[name])}
    return {name: count for name, count in sorted(over.items()) if count > 0}


def add_to_day(field: str, counts: Mapping[str, int], now: datetime) -> None:
    """Add to today's figures.

    Args:
        field: sent, deferred or complaints.
        counts: by provider; rows are locked in the order of their names.
        now: the time.
    """
    today = now.astimezone(UTC).date()
    for provider, count in sorted(counts.items()):
        row, _created = ProviderDay.objects.get_or_create(day=today, provider=provider)
        ProviderDay.objects.filter(pk=row.pk).update(**{field: F(field) + count})


def record_complaint(domain: str, now: datetime) -> None:
    """Count a complaint of a reader at this domain, while a warm-up lasts."""
    if is_warming_up(now):
        add_to_day("complaints", {find_provider(domain): 1}, now)


def is_limited(lane: Lane) -> bool:
    """Return True if a budget may hold back deliveries of this lane."""
    return lane is not Lane.CONFIRMATION
