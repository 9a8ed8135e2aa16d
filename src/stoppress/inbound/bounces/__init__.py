"""Bounces, complaints and what else comes back: `read` takes a message's bytes and tells what it says, and of whom.

`parts` takes it apart; `tokens` knows our own signed addresses again; `status_fields` (RFC 3464), `complaints`
(RFC 5965) and `autoreplies` (RFC 3834) read what has a form, `signs`, `recipients`, `returned`, `transcripts`,
`replies`, `reasons` and `nobody` what is only words; `judging` decides. All are tables with a few lines of reading.
"""

from stoppress.inbound.bounces.parse import parse_report
from stoppress.inbound.bounces.report import DEAD_ADDRESS_REASONS, OPERATOR_REASONS, RecipientReport, ReportKind, BounceReason, ParsedReport

__all__ = ["DEAD_ADDRESS_REASONS", "OPERATOR_REASONS", "RecipientReport", "ReportKind", "BounceReason", "ParsedReport", "parse_report"]
