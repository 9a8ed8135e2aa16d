"""How many read a live blog now, and how the newest change reached them: asked of whoever serves the readers."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Readership:
    """One live blog's readers at this moment."""

    reading: int
    holding: int
    p99: float | None
    """Seconds until 99 % of them held the newest change; None while they do not, or if nobody listened."""

    @property
    def sentence(self) -> str:
        """`8,412 reading · newest post at 99 % in 0.4 s`, for the desk's bar."""
        if not self.reading:
            return "Nobody reading just now"
        reading = f"{self.reading:,} reading"
        if self.p99 is not None:
            return f"{reading} · newest post at 99 % in {max(self.p99, 0.1):.1f} s"
        return f"{reading} · newest post at {self.holding * 100 // self.reading} %"


def _nobody_knows(slug: str) -> Readership | None:
    return None


ask: Callable[[str], Readership | None] = _nobody_knows
"""Set by the service at its start; None where nobody counts."""
