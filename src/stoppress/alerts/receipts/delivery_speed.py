"""How long it took from Send until receiving servers had accepted, for all who were meant.

Whoever is not served yet counts as never: a percentile is there only when so many of those *intended* have it; to count
the received alone makes what was lost look fast. Adding a million deliveries up takes some seconds: figures are kept.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.core.cache import cache
from django.db import connection

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.receipt_totals import Receipt
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.models import Subscriber

LIMITS_SECONDS = (30, 60, 90, 120, 180, 240, 300)
"""Seconds, as newsrooms that publish their figures count them."""
MAX_DOMAINS = 10
RUNNING_CACHE_SECONDS, FINISHED_CACHE_SECONDS = 15, 3600
"""Seconds for which figures are kept while the alert is under way, and after."""
BUCKETS_PER_SECOND = 10
"""Parts of a second that are told apart."""
DELIVERY, SUBSCRIBER = Delivery._meta.db_table, Subscriber._meta.db_table

Histogram = Mapping[int, int]
"""How many were accepted in which tenth of a second after Send."""


@dataclass(frozen=True)
class SpeedPercentiles:
    """How fast it went for some of the readers; a percentile (in seconds) is None as long as too few have it."""

    name: str
    intended: int
    accepted: int
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True)
class CountWithin:
    """How many were accepted within so many seconds, and which part of all intended that is (0 to 1)."""

    seconds: int
    count: int
    share: float


@dataclass(frozen=True)
class DeliverySpeed:
    """One alert's figures at one moment. `domains` are the ten with most readers, and the others together."""

    overall: SpeedPercentiles
    counts_within: tuple[CountWithin, ...]
    domains: tuple[SpeedPercentiles, ...]
    at: datetime


def delivery_speed(alert: Alert, found: Receipt, *, now: datetime) -> DeliverySpeed:
    """The figures, at most some seconds old while the alert is under way. `found` is its receipt now."""
    if not found[DeliveryState.ACCEPTED]:
        return DeliverySpeed(speed_percentiles("all", found.intended, {}), counts_within({}, found.intended), (), now)
    moment = found[DeliveryState.ACCEPTED] if found.is_finished else "moving"
    place = f"speed.{alert.pk.hex}.{moment}"
    known: DeliverySpeed | None = cache.get(place)
    if known is None:
        known = _measured(alert, found, now)
        cache.set(place, known, FINISHED_CACHE_SECONDS if found.is_finished else RUNNING_CACHE_SECONDS)
    return known


def speed_percentiles(name: str, intended: int, histogram: Histogram) -> SpeedPercentiles:
    """Percentiles out of a histogram."""
    parts = [percentile(histogram, intended, share) for share in (0.5, 0.9, 0.99)]
    return SpeedPercentiles(name, intended, sum(histogram.values()), *parts)


def percentile(histogram: Histogram, intended: int, share: float) -> float | None:
    """Seconds after which `share` of `intended` were accepted; None if they are not, or nobody was meant."""
    wanted = ceil(share * intended)
    for tenth in sorted(histogram):
        wanted -= histogram[tenth]
        if wanted <= 0 < intended:
            return (tenth + 1) / BUCKETS_PER_SECOND
    return None


def counts_within(histogram: Histogram, intended: int) -> tuple[CountWithin, ...]:
    """How many in less than 30 s … 300 s."""
    counts = [(limit, sum(n for tenth, n in histogram.items() if tenth < limit * BUCKETS_PER_SECOND)) for limit in LIMITS_SECONDS]
    return tuple(CountWithin(limit, count, count / intended if intended else 0.0) for limit, count in counts)


def _measured(alert: Alert, found: Receipt, now: datetime) -> DeliverySpeed:
    total = _histogram(alert)
    largest = _largest_domains(alert)
    by_domain = _by_domain(alert, list(largest))
    domains = [speed_percentiles(domain, count, by_domain[domain]) for domain, count in largest.items()]
    others, rest = found.intended - sum(largest.values()), Counter(total)
    for histogram in by_domain.values():
        rest.subtract(histogram)
    if others > 0 and largest:
        domains.append(speed_percentiles("all others", others, +rest))
    return DeliverySpeed(speed_percentiles("all", found.intended, total), counts_within(total, found.intended), tuple(domains), now)


def _histogram(alert: Alert) -> dict[int, int]:
    tenth, since = _tenth("d", alert)
    sql = f"""SELECT {tenth}, COUNT(*) FROM {DELIVERY} d WHERE d.alert_id = %s AND d.state = 'accepted' GROUP BY 1"""
    return {int(bucket): count for bucket, count in _rows(sql, [since, _key(alert)])}


def _largest_domains(alert: Alert) -> dict[str, int]:
    sql = f"""SELECT s.domain, COUNT(*) FROM {DELIVERY} d JOIN {SUBSCRIBER} s ON s.id = d.subscriber_id
        WHERE d.alert_id = %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MAX_DOMAINS}"""
    return {domain or "erased": count for domain, count in _rows(sql, [_key(alert)])}


def _by_domain(alert: Alert, domains: list[str]) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = defaultdict(Counter)
    if not domains:
        return found
    tenth, since = _tenth("d", alert)
    asked = ["" if domain == "erased" else domain for domain in domains]
    marks = ", ".join(["%s"] * len(asked))
    sql = f"""SELECT s.domain, {tenth}, COUNT(*) FROM {DELIVERY} d JOIN {SUBSCRIBER} s ON s.id = d.subscriber_id
        WHERE d.alert_id = %s AND d.state = 'accepted' AND s.domain IN ({marks}) GROUP BY 1, 2"""
    for domain, bucket, count in _rows(sql, [since, _key(alert), *asked]):
        found[domain or "erased"][int(bucket)] += count
    return found


def _tenth(table: str, alert: Alert) -> tuple[str, Any]:
    """The SQL of "in which tenth of a second after Send", and its parameter."""
    since = Alert._meta.get_field("created_at").get_db_prep_save(alert.created_at, connection)
    if connection.vendor == "sqlite":
        return f"CAST((julianday({table}.settled_at) - julianday(%s)) * {86_400 * BUCKETS_PER_SECOND} + 0.001 AS INTEGER)", since
    return f"FLOOR(EXTRACT(EPOCH FROM ({table}.settled_at - %s)) * {BUCKETS_PER_SECOND})", since


def _key(alert: Alert) -> Any:
    return Alert._meta.pk.get_db_prep_save(alert.pk, connection)


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
