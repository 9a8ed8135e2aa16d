"""Current time, its machine-readable format, and the time since the machine's start, which never jumps."""

import time
from datetime import UTC, datetime
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def utc_now() -> datetime:
    """Return the current time in UTC. Functions that decide get the time as an argument and do not call this."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return `moment` as ISO 8601 in UTC, to the second: `2026-03-01T12:00:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def iso_with_offset(moment: datetime) -> str:
    """Return `moment` as ISO 8601 to the second, with the offset of its own zone: `2026-03-01T13:00:00+01:00`."""
    return moment.isoformat(timespec="seconds")


def read_boot_id() -> bytes:
    """Return the id of this run of the kernel, empty if it cannot be read."""
    try:
        return BOOT_ID.read_bytes().strip()[:40]
    except OSError:
        return b""


def uptime_seconds() -> float:
    """Return the seconds since the machine's start: the same for all its processes, whatever its clock shows."""
    return time.monotonic()
