"""Feedback loops: "a reader called this spam" (RFC 5965), and the reports that come in the same dress."""

import re

from stoppress.inbound.bounces.failed_recipients import first_address, all_addresses
from stoppress.inbound.bounces.mime_parts import FEEDBACK_REPORT_TYPES, ORIGINAL_MESSAGE_TYPES, HeaderFields, ParsedMessage, parse_fields, decode_header_words
from stoppress.inbound.bounces.report import RecipientReport, ReportKind, BounceReason

#: RFC 5965 7.3, RFC 6591, RFC 6650, and the words that providers made up. What is not here is a complaint.
KINDS_BY_FEEDBACK_TYPE = {
    "opt-out": ReportKind.UNSUBSCRIBE,
    "opt-out-list": ReportKind.UNSUBSCRIBE,
    "unsubscribe": ReportKind.UNSUBSCRIBE,
    "auth-failure": ReportKind.AUTHENTICATION,
    "dmarc": ReportKind.AUTHENTICATION,
    "dkim": ReportKind.AUTHENTICATION,
    "not-spam": ReportKind.NOTHING,
}
#: Where the recipient stands: in the report, in the message that is complained of, or beside it.
REPORT_FIELDS = ("original-rcpt-to", "removal-recipient", "original-recipient", "final-recipient", "redacted-address")
ORIGINAL_FIELDS = ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "x-rcpt-to", "to")
#: Feedback loops that come without the report: who sends them, and how their subjects begin.
FEEDBACK_LOOPS: tuple[tuple[str, str, str], ...] = (
    ("Outlook.com (JMRP)", r"@(?:hotmail|outlook|live|msn)\.com", r"complaint about message from"),
    (
        "Amazon SES, Yahoo and others",
        r"complaints?@|feedbackloop|@fbl\.|fbl@|abuse-report|feedback@arf\.|staff@hotmail",
        r"",
    ),
    (
        "Abuse desks",
        r"",
        r"(?:email )?(?:abuse|spam|feedback|complaint) (?:report|feedback|notification)|"
        r"\[?e-?mail feedback report|spam complaint",
    ),
)
_COMPILED_FEEDBACK_LOOPS = tuple((re.compile(sender, re.IGNORECASE), re.compile(subject, re.IGNORECASE)) for _, sender, subject in FEEDBACK_LOOPS)
_INLINE_REPORT = re.compile(r"^feedback-type:", re.IGNORECASE | re.MULTILINE)


def parse_feedback_report(mail: ParsedMessage, ours: frozenset[str]) -> tuple[RecipientReport, ...]:
    """One finding per recipient; one without an address where all are blacked out; () if this is no such report."""
    report = _find_report_fields(mail)
    if report is None:
        return ()
    kind = KINDS_BY_FEEDBACK_TYPE.get(report.first("feedback-type").strip().lower(), ReportKind.COMPLAINT)
    reason = BounceReason.AUTH_FAILURE if kind is ReportKind.AUTHENTICATION else None
    named = [address for name in REPORT_FIELDS for value in report.all(name) if (address := first_address(value))]
    if not named:
        originals = [parse_fields(text) for text in mail.of(ORIGINAL_MESSAGE_TYPES)]
        named = [
            address
            for fields in originals
            for name in ORIGINAL_FIELDS
            for value in fields.all(name)
            for address in all_addresses(value)
            if address.lower() not in ours
        ][:1]
    return tuple(RecipientReport(kind, address, reason) for address in dict.fromkeys(named)) or (RecipientReport(kind, "", reason),)


def _find_report_fields(mail: ParsedMessage) -> HeaderFields | None:
    """The fields of the report, wherever they stand; none, but a report all the same, is Fields()."""
    parts = mail.of(FEEDBACK_REPORT_TYPES)
    if parts:
        return parse_fields("\n".join(line for part in parts for line in part.splitlines() if line.strip()))
    for part in mail.parts:
        if part.kind not in ORIGINAL_MESSAGE_TYPES and (open_report := _INLINE_REPORT.search(part.text)):
            return parse_fields(part.text[open_report.start() :][:4000])
    if "feedback-report" in mail.fields.first("content-type").lower():
        return HeaderFields()
    sender, subject = mail.fields.first("from"), decode_header_words(mail.fields.first("subject"))
    if any(who.search(sender) and what.match(subject.strip()) for who, what in _COMPILED_FEEDBACK_LOOPS):
        return HeaderFields()
    return None
