"""Checks before Send: would anything embarrass the newsroom, or lose its readers?

findings.py     one finding and its severity        message_checks.py        the bytes of the mail
receivers.py    what large receivers do             link_checks.py           the targets of its links
relay_checks.py whether the relay answers, TLS      dns_checks.py            SPF, DKIM, DMARC and their alignment
dmarc.py        the rules of RFC 9989               sending_host_checks.py   reverse DNS
dns_lookup.py   queries; faults are raised          signature_checks.py      what the DKIM signature covers
run_checks.py   all checks together

The rules are pure. Checks that query the relay or the DNS end after a few seconds; what they cannot determine becomes
a note. A check that fails is logged and never raises.
"""

from stoppress.alerts.preflight.findings import PreflightFinding, Severity, blocking_findings, run_check
from stoppress.alerts.preflight.run_checks import (
    MailEnvironment,
    check_draft,
    check_environment,
    configured_environment,
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
    "configured_environment",
    "raise_if_blocked",
    "run_check",
    "sort_by_severity",
]
