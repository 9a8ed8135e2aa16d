"""Measure the time from Send until receiving servers accepted the alert, for all intended recipients.

A recipient without an accepted delivery counts as never served: a percentile exists only if that share of all
*intended* recipients has the alert. Counting only the served ones would make losses look fast. Summing up a million
deliveries takes some seconds, so results are cached.
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
from stoppress.delivery.ledger.sql_dialects import DELIVERY, SUBSCRIBER, key_parameter
from stoppress.delivery.models import Alert

LIMITS_SECONDS = (30, 60, 90, 120, 180, 240, 300)
"""The limits that newsrooms use when they publish such figures."""
MAX_DOMAINS = 10
RUNNING_CACHE_SECONDS, FINISHED_CACHE_SECONDS = 15, 3600
"""How long a result is cached while the alert is being sent, and after."""
MAX_MEASURED_AT_ONCE = 20_000
"""Recipients of an alert whose speed is computed with each refresh of its receipt, in some milliseconds."""
BUCKETS_PER_SECOND = 10
"""Resolution of the histogram."""

Histogram = Mapping[int, int]
"""Number of deliveries accepted in each tenth of a second after Send."""


@dataclass(frozen=True)
class SpeedPercentiles:
    """Delivery speed for a group of recipients. A percentile, in seconds, is None while too few have been served."""

    name: str
    intended: int
    accepted: int
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True)
class CountWithin:
    """Deliveries accepted within a limit; `share` is their part of all intended (0 to 1)."""

    seconds: int
    count: int
    share: float


@dataclass(frozen=True)
class DeliverySpeed:
    """One alert's speed at one moment. `domains` are the ten with most recipients, and all others together."""

    overall: SpeedPercentiles
    counts_within: tuple[CountWithin, ...]
    domains: tuple[SpeedPercentiles, ...]
    at: datetime


def delivery_speed(alert: Alert, receipt: Receipt, *, now: datetime) -> DeliverySpeed:
    """Return the speed of an alert whose receipt is now `receipt`; up to 15 s old while a large one leaves."""
    if not receipt[DeliveryState.ACCEPTED]:
        overall = speed_percentiles("all", receipt.intended, {})
        return DeliverySpeed(overall, counts_within({}, receipt.intended), (), now)
    is_exact = receipt.is_finished or is_quickly_measured(receipt)
    progress = receipt[DeliveryState.ACCEPTED] if is_exact else "running"
    key = f"speed.{alert.pk.hex}.{progress}"
    speed: DeliverySpeed | None = cache.get(key)
    if speed is None:
        speed = _measure(alert, receipt, now)
        cache.set(key, speed, FINISHED_CACHE_SECONDS if receipt.is_finished else RUNNING_CACHE_SECONDS)
    return speed


def is_quickly_measured(receipt: Receipt) -> bool:
    """Return True if the speed can be computed at every change of the receipt."""
    return receipt.intended <= MAX_MEASURED_AT_ONCE


def speed_percentiles(name: str, intended: int, histogram: Histogram) -> SpeedPercentiles:
    """Return the percentiles of a histogram."""
    values = [percentile(histogram, intended, share) for share in (0.5, 0.9, 0.99)]
    return SpeedPercentiles(name, intended, sum(histogram.values()), *values)


def percentile(histogram: Histogram, intended: int, share: float) -> float | None:
    """Return the seconds until `share` of `intended` were accepted; None if they were not, or none was intended."""
    missing = ceil(share * intended)
    for tenth in sorted(histogram):
        missing -= histogram[tenth]
        if missing <= 0 < intended:
            return (tenth + 1) / BUCKETS_PER_SECOND
    return None


def counts_within(histogram: Histogram, intended: int) -> tuple[CountWithin, ...]:
    """Return the deliveries accepted in less than 30 s … 300 s."""
    counts = [
        (limit, sum(count for tenth, count in histogram.items() if tenth < limit * BUCKETS_PER_SECOND))
        for limit in LIMITS_SECONDS
    ]
    return tuple(CountWithin(limit, count, count / intended if intended else 0.0) for limit, count in counts)


def _measure(alert: Alert, receipt: Receipt, now: datetime) -> DeliverySpeed:
    total = _histogram(alert)
    largest = _largest_domains(alert)
    by_domain = _histograms_by_domain(alert, list(largest))
    domains = [speed_percentiles(domain, count, by_domain[domain]) for domain, count in largest.items()]
    other_recipients, other_histogram = receipt.intended - sum(largest.values()), Counter(total)
    for histogram in by_domain.values():
        other_histogram.subtract(histogram)
    if other_recipients > 0 and largest:
        domains.append(speed_percentiles("all others", other_recipients, +other_histogram))
    overall = speed_percentiles("all", receipt.intended, total)
    return DeliverySpeed(overall, counts_within(total, receipt.intended), tuple(domains), now)


def _histogram(alert: Alert) -> dict[int, int]:
    tenth, since = _tenth_sql(alert)
    sql = f"""SELECT {tenth}, COUNT(*) FROM {DELIVERY} d WHERE d.alert_id = %s AND d.state = 'accepted' GROUP BY 1"""
    return {int(bucket): count for bucket, count in _rows(sql, [since, key_parameter(alert.pk)])}


def _largest_domains(alert: Alert) -> dict[str, int]:
    sql = f"""SELECT s.domain, COUNT(*) FROM {DELIVERY} d JOIN {SUBSCRIBER} s ON s.id = d.subscriber_id
        WHERE d.alert_id = %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MAX_DOMAINS}"""
    return {domain or "erased": count for domain, count in _rows(sql, [key_parameter(alert.pk)])}


def _histograms_by_domain(alert: Alert, domains: list[str]) -> dict[str, Counter[int]]:
    histograms: dict[str, Counter[int]] = defaultdict(Counter)
    if not domains:
        return histograms
    tenth, since = _tenth_sql(alert)
    stored = ["" if domain == "erased" else domain for domain in domains]
    placeholders = ", ".join(["%s"] * len(stored))
    sql = f"""SELECT s.domain, {tenth}, COUNT(*) FROM {DELIVERY} d JOIN {SUBSCRIBER} s ON s.id = d.subscriber_id
        WHERE d.alert_id = %s AND d.state = 'accepted' AND s.domain IN ({placeholders}) GROUP BY 1, 2"""
    for domain, bucket, count in _rows(sql, [since, key_parameter(alert.pk), *stored]):
        histograms[domain or "erased"][int(bucket)] += count
    return histograms


def _tenth_sql(alert: Alert) -> tuple[str, Any]:
    """Return the SQL for the tenth of a second after Send in which delivery `d` was settled, and its parameter."""
    since = connection.ops.adapt_datetimefield_value(alert.created_at)
    if connection.vendor == "sqlite":
        tenths_per_day = 86_400 * BUCKETS_PER_SECOND
        return f"CAST((julianday(d.settled_at) - julianday(%s)) * {tenths_per_day} + 0.001 AS INTEGER)", since
    return f"FLOOR(EXTRACT(EPOCH FROM (d.settled_at - %s)) * {BUCKETS_PER_SECOND})", since


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
