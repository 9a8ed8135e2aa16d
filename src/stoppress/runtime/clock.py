"""The time, and its format for machines."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time now, in UTC. Decisions do not call this: they get the time passed in."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return `moment` as ISO 8601 in UTC, to the second: `2026-03-01T12:00:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def iso_with_offset(moment: datetime) -> str:
    """Return `moment` as ISO 8601 to the second, with the offset of its own zone: `2026-03-01T13:00:00+01:00`."""
    return moment.isoformat(timespec="seconds")
