"""Current time, and its machine-readable format."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current time in UTC. Functions that decide get the time as an argument and do not call this."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return `moment` as ISO 8601 in UTC, to the second: `2026-03-01T12:00:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def iso_with_offset(moment: datetime) -> str:
    """Return `moment` as ISO 8601 to the second, with the offset of its own zone: `2026-03-01T13:00:00+01:00`."""
    return moment.isoformat(timespec="seconds")
