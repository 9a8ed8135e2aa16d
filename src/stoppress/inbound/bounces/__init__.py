"""Bounces, complaints and other mail that comes back: `parse_report` turns the bytes of a message into a report.

`mime_parts` parses the message and `verp_tokens` finds our own signed addresses. `delivery_status` (RFC 3464),
`feedback_reports` (RFC 5965) and `autoreplies` (RFC 3834) read standard formats. `heuristics`, `failed_recipients`,
`returned_message` and `smtp_transcript` read plain text. The rules of `stoppress.bounce_rules` decide on the reason and
whether the address is dead.
"""

from stoppress.bounce_rules.report import (
    DEAD_ADDRESS_REASONS,
    OPERATOR_REASONS,
    BounceReason,
    ParsedReport,
    RecipientReport,
    ReportKind,
)
from stoppress.inbound.bounces.parse import parse_report

__all__ = [
    "DEAD_ADDRESS_REASONS",
    "OPERATOR_REASONS",
    "BounceReason",
    "ParsedReport",
    "RecipientReport",
    "ReportKind",
    "parse_report",
]
