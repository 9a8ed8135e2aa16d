"""Clocks that move only when a test moves them."""

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that only moves when told to; call it for the time."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def tick(self, seconds: float = 60) -> datetime:
        """Let time pass and say what it is now."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


class Seconds:
    """The same for what counts in seconds."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now
