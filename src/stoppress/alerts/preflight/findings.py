"""Findings of the preflight."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from stoppress.alerts.preflight.receivers import Receivers

log = logging.getLogger(__name__)


class Severity(StrEnum):
    """How severe a finding is. Only STOP forbids Send."""

    STOP = "stop"
    WARNING = "warning"
    NOTE = "note"
    FINE = "fine"


@dataclass(frozen=True)
class PreflightFinding:
    """The result of one check.

    Args:
        severity: how severe it is.
        name: what was checked.
        message: what was found.
        advice: what the editor or operator can do about it; empty if all is fine.
        receivers: what Gmail, Yahoo and Microsoft do with such mail; empty where that does not apply.
    """

    severity: Severity
    name: str
    message: str
    advice: str = ""
    receivers: str = ""


def fine(name: str, message: str, *, receivers: Receivers | None = None) -> PreflightFinding:
    """Return a finding that needs no action."""
    return _finding(Severity.FINE, name, message, "", receivers)


def note(name: str, message: str, advice: str = "", *, receivers: Receivers | None = None) -> PreflightFinding:
    """Return a finding that the editor should know."""
    return _finding(Severity.NOTE, name, message, advice, receivers)


def warning(name: str, message: str, advice: str, *, receivers: Receivers | None = None) -> PreflightFinding:
    """Return a finding that allows Send but harms delivery or readers."""
    return _finding(Severity.WARNING, name, message, advice, receivers)


def stop(name: str, message: str, advice: str, *, receivers: Receivers | None = None) -> PreflightFinding:
    """Return a finding that forbids Send."""
    return _finding(Severity.STOP, name, message, advice, receivers)


def _finding(severity: Severity, name: str, message: str, advice: str, receivers: Receivers | None) -> PreflightFinding:
    return PreflightFinding(severity, name, message, advice, receivers.text if receivers else "")


def blocking_findings(findings: Iterable[PreflightFinding]) -> list[PreflightFinding]:
    """Return the findings that forbid Send."""
    return [finding for finding in findings if finding.severity is Severity.STOP]


def run_check(name: str, check: Callable[[], PreflightFinding | list[PreflightFinding]]) -> list[PreflightFinding]:
    """Return the findings of `check`. If it raises, log the error and return a note: a preflight never raises."""
    try:
        result = check()
    except Exception:
        log.exception("preflight: check %s failed", name)
        return [check_failed(name)]
    return result if isinstance(result, list) else [result]


def check_failed(name: str) -> PreflightFinding:
    """Return the note about a check that raised an error."""
    advice = _("It does not stop Send. Look at the preview yourself; the fault is in this server's log.")
    return note(name, _("Could not be checked: the check itself failed."), advice)
