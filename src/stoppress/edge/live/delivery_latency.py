"""The time that a change takes to reach the readers of one live blog, stored without an entry per reader.

All readers of one batch of writes are counted together. A reader has a change once the kernel has taken all of
its bytes. So a measurement is a pair (seconds, number of readers).
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2

BUCKET_BOUNDS_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram's buckets, in seconds."""
STEPS_PER_DOUBLING = 6
"""Times within one step (12 %) are merged into the longest of them, so that their number stays small."""
MIN_SECONDS = 0.0001
"""Minimum time in seconds; a shorter one is counted as this."""


@dataclass
class DeliveryLatency:
    """How one change reaches the readers that were connected when it was published."""

    seq: int
    committed_at: float
    """When the change was committed, or a little earlier; seconds on the hub's clock."""
    audience_size: int = 0
    """Readers that were connected then, without those that have left before they had the change."""
    _steps: dict[int, tuple[float, int]] = field(default_factory=dict)

    @property
    def steps(self) -> list[tuple[float, int]]:
        """Return pairs (seconds after the commit, number of readers that had the change then)."""
        return list(self._steps.values())

    def add(self, seconds: float, readers: int) -> None:
        """Count readers that have the change, `seconds` after it was committed."""
        if not readers:
            return
        step = int(log2(max(seconds, MIN_SECONDS)) * STEPS_PER_DOUBLING)
        longest, count = self._steps.get(step, (0.0, 0))
        self._steps[step] = (max(longest, seconds), count + readers)


def quantile(steps: Iterable[tuple[float, int]], audience_size: int, share: float) -> float | None:
    """Return the seconds after which `share` (0 to 1) of the audience had the change; None if fewer have it."""
    target_count, count = share * audience_size, 0
    for seconds, readers in sorted(steps):
        count += readers
        if count >= target_count:
            return seconds
    return None


@dataclass
class StreamCounters:
    """Counts of all live blogs since the process started."""

    dropped: int = 0
    """Connections closed because the client took too little."""
    resumed: int = 0
    """Connections that had a stream before and continued from their cursor."""
    resets: int = 0
    backfills: int = 0
    """Queries for frames that a replay buffer lacked."""
    deliveries: int = 0
    """Changes times the readers that got them."""
    seconds: float = 0.0
    """Sum of the latencies of all deliveries."""
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKET_BOUNDS_SECONDS) + 1))
    """Deliveries by latency; the last bucket has no upper bound."""

    def delivered(self, seconds: float, readers: int) -> None:
        """Count a change that `readers` have, `seconds` after it was committed."""
        self.deliveries += readers
        self.seconds += seconds * readers
        self.buckets[bisect_left(BUCKET_BOUNDS_SECONDS, seconds)] += readers
