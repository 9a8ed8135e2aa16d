"""Checks before Send: would anything embarrass the newsroom, or lose its readers?

findings.py     one finding and its severity        message_checks.py   the bytes of the mail
link_checks.py  the targets of its links            dns_checks.py       SPF, DKIM and DMARC
relay_checks.py whether the relay answers           run_checks.py       all checks together

The rules are pure. Checks that query the relay or the DNS end after a few seconds; what they cannot determine becomes
a note. A check that fails is logged and never raises.
"""

from stoppress.alerts.preflight.findings import PreflightFinding, Severity, blocking_findings, run_check
from stoppress.alerts.preflight.run_checks import (
    MailEnvironment,
    check_draft,
    check_environment,
    raise_if_blocked,
    sort_by_severity,
)

__all__ = [
    "MailEnvironment",
    "PreflightFinding",
    "Severity",
    "blocking_findings",
    "check_draft",
    "check_environment",
    "raise_if_blocked",
    "run_check",
    "sort_by_severity",
]
