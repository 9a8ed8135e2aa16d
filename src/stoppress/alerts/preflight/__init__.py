"""What is looked at before Send: is there anything that would embarrass the newsroom, or lose its readers?

findings.py   a finding, and how grave it is      message.py    the bytes of the mail
links.py      where its links lead                records.py    SPF, DKIM and DMARC in the DNS
relay.py      whether the relay answers           checking.py   all of it together

What decides is pure; what asks the relay or the DNS has its own few seconds, and what it could not find out is a note:
a check that fails is logged and never raises.
"""

from stoppress.alerts.preflight.findings import PreflightFinding, Severity, run_check, blocking_findings
from stoppress.alerts.preflight.run_checks import MailEnvironment, sort_by_severity, check_draft, check_environment, raise_if_blocked

__all__ = [
    "PreflightFinding",
    "Severity",
    "MailEnvironment",
    "sort_by_severity",
    "check_draft",
    "run_check",
    "check_environment",
    "raise_if_blocked",
    "blocking_findings",
]
