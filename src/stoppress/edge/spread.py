"""How long a change takes to reach the readers of one live blog, without remembering any of them.

Readers are counted in the batches in which they were written: a reader holds a change once the kernel has taken all its
bytes. A figure is therefore a pair (seconds, how many readers), not one per reader.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram's buckets, seconds."""
MOST_STEPS = 64


@dataclass
class Spread:
    """How one change reached those who were listening when it came."""

    seq: int
    known: float
    """When it was committed, or a little before: on the hub's clock."""
    audience: int = 0
    steps: list[tuple[float, int]] = field(default_factory=list)
    """(seconds until they held it, how many readers), in order."""

    def add(self, seconds: float, readers: int) -> None:
        """So many more hold it."""
        if not readers:
            return
        if len(self.steps) >= MOST_STEPS:
            last, before = self.steps.pop()
            self.steps.append((max(last, seconds), before + readers))
        else:
            self.steps.append((seconds, readers))


def quantile(steps: Iterable[tuple[float, int]], audience: int, share: float) -> float | None:
    """Seconds after which `share` of the audience held the change; None if they do not yet."""
    wanted, held = share * audience, 0
    for seconds, readers in sorted(steps):
        held += readers
        if held >= wanted:
            return seconds
    return None


@dataclass
class Counts:
    """What has happened since the process began."""

    dropped: int = 0
    resumed: int = 0
    """Who came back after a stream and went on from its cursor."""
    resets: int = 0
    lookups: int = 0
    deliveries: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def delivered(self, seconds: float, readers: int) -> None:
        """So many readers hold a change after so many seconds."""
        self.deliveries += readers
        self.seconds += seconds * readers
        index = next((at for at, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
        self.buckets[index] += readers
