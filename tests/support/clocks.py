"""Clocks that move only when a test moves them."""

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that moves only by `tick`; call it for the time."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def tick(self, seconds: float = 60) -> datetime:
        """Advance the time and return it."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


class Seconds:
    """A clock in seconds."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now
