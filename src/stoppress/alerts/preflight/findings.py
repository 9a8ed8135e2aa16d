"""Findings of the preflight."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

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
    """

    severity: Severity
    name: str
    message: str
    advice: str = ""


def fine(name: str, message: str) -> PreflightFinding:
    """Return a finding that needs no action."""
    return PreflightFinding(Severity.FINE, name, message)


def note(name: str, message: str, advice: str = "") -> PreflightFinding:
    """Return a finding that the editor should know."""
    return PreflightFinding(Severity.NOTE, name, message, advice)


def warning(name: str, message: str, advice: str) -> PreflightFinding:
    """Return a finding that allows Send but harms delivery or readers."""
    return PreflightFinding(Severity.WARNING, name, message, advice)


def stop(name: str, message: str, advice: str) -> PreflightFinding:
    """Return a finding that forbids Send."""
    return PreflightFinding(Severity.STOP, name, message, advice)


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
