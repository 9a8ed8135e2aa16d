"""Feedback reports (RFC 5965): a reader reported a message as spam, and other reports in the same format."""

import re

from stoppress.bounce_rules.report import BounceReason, RecipientReport, ReportKind
from stoppress.inbound.bounces.failed_recipients import all_addresses, first_address
from stoppress.inbound.bounces.mime_parts import (
    FEEDBACK_REPORT_TYPES,
    ORIGINAL_MESSAGE_TYPES,
    HeaderFields,
    ParsedMessage,
    decode_header_words,
    parse_fields,
)

#: Feedback types of RFC 5965 7.3, RFC 6591, RFC 6650, and of providers. All others are complaints.
KINDS_BY_FEEDBACK_TYPE = {
    "opt-out": ReportKind.UNSUBSCRIBE,
    "opt-out-list": ReportKind.UNSUBSCRIBE,
    "unsubscribe": ReportKind.UNSUBSCRIBE,
    "auth-failure": ReportKind.AUTHENTICATION,
    "dmarc": ReportKind.AUTHENTICATION,
    "dkim": ReportKind.AUTHENTICATION,
    "not-spam": ReportKind.NOTHING,
}
#: Fields that name the recipient: in the report, and in the message that the complaint is about.
REPORT_FIELDS = ("original-rcpt-to", "removal-recipient", "original-recipient", "final-recipient", "redacted-address")
ORIGINAL_FIELDS = ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "x-rcpt-to", "to")
#: Feedback loops that send no report: the provider, and patterns of the sender and of the beginning of the subject.
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
_COMPILED_FEEDBACK_LOOPS = tuple(
    (re.compile(sender, re.IGNORECASE), re.compile(subject, re.IGNORECASE)) for _, sender, subject in FEEDBACK_LOOPS
)
_INLINE_REPORT = re.compile(r"^feedback-type:", re.IGNORECASE | re.MULTILINE)


def parse_feedback_report(message: ParsedMessage, senders: frozenset[str]) -> tuple[RecipientReport, ...]:
    """Return one report per recipient, or () if the message is not a feedback report.

    Args:
        message: the message.
        senders: its own senders and receivers in lower case; they are not the recipient that complained.

    Returns:
        A single report without an address if all recipients are redacted.
    """
    fields = _find_report_fields(message)
    if fields is None:
        return ()
    kind = KINDS_BY_FEEDBACK_TYPE.get(fields.first("feedback-type").strip().lower(), ReportKind.COMPLAINT)
    reason = BounceReason.AUTH_FAILURE if kind is ReportKind.AUTHENTICATION else None
    values = (value for name in REPORT_FIELDS for value in fields.all(name))
    addresses = [address for value in values if (address := first_address(value))]
    addresses = addresses or _recipients_of_original(message, senders)[:1] or [""]
    return tuple(RecipientReport(kind, address, reason) for address in dict.fromkeys(addresses))


def _recipients_of_original(message: ParsedMessage, senders: frozenset[str]) -> list[str]:
    return [
        address
        for text in message.texts(ORIGINAL_MESSAGE_TYPES)
        for name in ORIGINAL_FIELDS
        for value in parse_fields(text).all(name)
        for address in all_addresses(value)
        if address.lower() not in senders
    ]


def _find_report_fields(message: ParsedMessage) -> HeaderFields | None:
    """Return the fields of a feedback report in any part; no fields if there are none, None if it is no report."""
    texts = message.texts(FEEDBACK_REPORT_TYPES)
    if texts:
        return parse_fields("\n".join(line for text in texts for line in text.splitlines() if line.strip()))
    for part in message.parts:
        if part.media_type not in ORIGINAL_MESSAGE_TYPES and (inline := _INLINE_REPORT.search(part.text)):
            return parse_fields(part.text[inline.start() :][:4000])
    if "feedback-report" in message.fields.first("content-type").lower():
        return HeaderFields()
    sender, subject = message.fields.first("from"), decode_header_words(message.fields.first("subject"))
    for sender_pattern, subject_pattern in _COMPILED_FEEDBACK_LOOPS:
        if sender_pattern.search(sender) and subject_pattern.match(subject.strip()):
            return HeaderFields()
    return None
