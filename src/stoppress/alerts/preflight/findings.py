"""One finding of the preflight."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger(__name__)


class Severity(StrEnum):
    """How grave it is. Only a stop forbids Send."""

    STOP = "stop"
    WARNING = "warning"
    NOTE = "note"
    FINE = "fine"


@dataclass(frozen=True)
class PreflightFinding:
    """What was looked at (`name`), what was found (`says`) and, unless it is fine, what to do about it (`do`)."""

    severity: Severity
    name: str
    message: str
    advice: str = ""


def fine(name: str, says: str) -> PreflightFinding:
    """Nothing to do."""
    return PreflightFinding(Severity.FINE, name, says)


def note(name: str, says: str, do: str = "") -> PreflightFinding:
    """Worth knowing."""
    return PreflightFinding(Severity.NOTE, name, says, do)


def warning(name: str, says: str, do: str) -> PreflightFinding:
    """It may be sent, and will be the worse for it."""
    return PreflightFinding(Severity.WARNING, name, says, do)


def stop(name: str, says: str, do: str) -> PreflightFinding:
    """It must not be sent like this."""
    return PreflightFinding(Severity.STOP, name, says, do)


def blocking_findings(findings: Iterable[PreflightFinding]) -> list[PreflightFinding]:
    """Those that forbid Send."""
    return [finding for finding in findings if finding.severity is Severity.STOP]


def run_check(name: str, check: Callable[[], PreflightFinding | list[PreflightFinding]]) -> list[PreflightFinding]:
    """Return what `check` finds. If it fails, return a note and log the fault: a preflight never raises."""
    try:
        found = check()
    except Exception:
        log.exception("preflight: the check %s failed", name)
        return [check_failed(name)]
    return found if isinstance(found, list) else [found]


def check_failed(name: str) -> PreflightFinding:
    """Return the note about a check that failed by itself."""
    do = "It does not stop Send. Look at the preview yourself; the fault is in this server's log."
    return note(name, "Could not be checked: the check itself failed.", do)
