"""Bounces, complaints and other mail that comes back: `parse_report` turns the bytes of a message into a report.

`mime_parts` parses the message and `verp_tokens` finds our own signed addresses. `delivery_status` (RFC 3464),
`feedback_reports` (RFC 5965) and `autoreplies` (RFC 3834) read standard formats. `heuristics`, `failed_recipients`,
`returned_message`, `smtp_transcript`, `smtp_replies` and `tables` read plain text. `classify` decides on the reason and
whether the address is dead. All of them are tables with a few lines of code.
"""

from stoppress.inbound.bounces.parse import parse_report
from stoppress.inbound.bounces.report import (
    DEAD_ADDRESS_REASONS,
    OPERATOR_REASONS,
    BounceReason,
    ParsedReport,
    RecipientReport,
    ReportKind,
)

__all__ = [
    "DEAD_ADDRESS_REASONS",
    "OPERATOR_REASONS",
    "BounceReason",
    "ParsedReport",
    "RecipientReport",
    "ReportKind",
    "parse_report",
]
