"""One finding of the preflight."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger(__name__)


class Level(StrEnum):
    """How grave it is. Only a stop forbids Send."""

    STOP = "stop"
    WARNING = "warning"
    NOTE = "note"
    FINE = "fine"


@dataclass(frozen=True)
class Finding:
    """What was looked at (`name`), what was found (`says`) and, unless it is fine, what to do about it (`do`)."""

    level: Level
    name: str
    says: str
    do: str = ""


def fine(name: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.FINE, name, says)


def note(name: str, says: str, do: str = "") -> Finding:
    """Worth knowing."""
    return Finding(Level.NOTE, name, says, do)


def warning(name: str, says: str, do: str) -> Finding:
    """It may be sent, and will be the worse for it."""
    return Finding(Level.WARNING, name, says, do)


def stop(name: str, says: str, do: str) -> Finding:
    """It must not be sent like this."""
    return Finding(Level.STOP, name, says, do)


def stops(findings: Iterable[Finding]) -> list[Finding]:
    """Those that forbid Send."""
    return [finding for finding in findings if finding.level is Level.STOP]


def guarded(name: str, check: Callable[[], Finding | list[Finding]]) -> list[Finding]:
    """Return what `check` finds. If it fails, return a note and log the fault: a preflight never raises."""
    try:
        found = check()
    except Exception:
        log.exception("preflight: the check %s failed", name)
        return [unchecked(name)]
    return found if isinstance(found, list) else [found]


def unchecked(name: str) -> Finding:
    """Return the note about a check that failed by itself."""
    do = "It does not stop Send. Look at the preview yourself; the fault is in this server's log."
    return note(name, "Could not be checked: the check itself failed.", do)
