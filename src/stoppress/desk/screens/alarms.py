"""Current alarms of the installation, as sentences; the service provides them."""

from collections.abc import Callable


def _no_alarms() -> list[str]:
    return []


find_alarms: Callable[[], list[str]] = _no_alarms
"""Set by the service at its start."""


def current_alarms() -> list[str]:
    """Return a sentence for each current alarm, for the pages of administrators."""
    return find_alarms()
