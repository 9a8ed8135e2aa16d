"""How long a change takes to reach the readers of one live blog, without remembering any of them.

Readers are counted in the batches in which they were written: a reader holds a change once the kernel has taken all its
bytes. A figure is therefore a pair (seconds, how many readers), not one per reader.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2

BUCKET_BOUNDS_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram's buckets, seconds."""
STEPS_PER_DOUBLING = 6
"""Times are told apart by an eighth, and of those alike the longest is kept: so steps stay few, whoever reads."""
MIN_SECONDS = 0.0001
"""Seconds; nothing is faster."""


@dataclass
class DeliveryLatency:
    """How one change reached those who were listening when it came."""

    seq: int
    committed_at: float
    """When it was committed, or a little before: on the hub's clock."""
    audience_size: int = 0
    """How many were listening for it, less those who have left without it."""
    _held: dict[int, tuple[float, int]] = field(default_factory=dict)

    @property
    def steps(self) -> list[tuple[float, int]]:
        """(seconds until they held it, how many readers)."""
        return list(self._held.values())

    def add(self, seconds: float, readers: int) -> None:
        """So many more hold it."""
        if not readers:
            return
        step = int(log2(max(seconds, MIN_SECONDS)) * STEPS_PER_DOUBLING)
        longest, before = self._held.get(step, (0.0, 0))
        self._held[step] = (max(longest, seconds), before + readers)


def quantile(steps: Iterable[tuple[float, int]], audience: int, share: float) -> float | None:
    """Seconds after which `share` of the audience held the change; None if they do not yet."""
    wanted, held = share * audience, 0
    for seconds, readers in sorted(steps):
        held += readers
        if held >= wanted:
            return seconds
    return None


@dataclass
class StreamCounters:
    """What has happened since the process began."""

    dropped: int = 0
    resumed: int = 0
    """Who came back after a stream and went on from its cursor."""
    resets: int = 0
    backfills: int = 0
    deliveries: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKET_BOUNDS_SECONDS) + 1))

    def delivered(self, seconds: float, readers: int) -> None:
        """So many readers hold a change after so many seconds."""
        self.deliveries += readers
        self.seconds += seconds * readers
        index = next((at for at, bound in enumerate(BUCKET_BOUNDS_SECONDS) if seconds <= bound), len(BUCKET_BOUNDS_SECONDS))
        self.buckets[index] += readers
