"""What an operator must know at once, in words: asked of whoever watches the installation."""

from collections.abc import Callable


def _nobody_watches() -> list[str]:
    return []


find_alarms: Callable[[], list[str]] = _nobody_watches
"""Set by the service at its start; says nothing where nobody watches."""


def current_alarms() -> list[str]:
    """A sentence for each alarm; for the bar of managers' pages."""
    return find_alarms()
