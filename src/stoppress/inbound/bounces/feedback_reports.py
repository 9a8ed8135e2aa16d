"""Feedback loops: "a reader called this spam" (RFC 5965), and the reports that come in the same dress."""

import re

from stoppress.inbound.bounces.failed_recipients import address_in, addresses_in
from stoppress.inbound.bounces.mime_parts import FEEDBACK, ORIGINAL, Fields, Mail, fields_in, words_of
from stoppress.inbound.bounces.report import Finding, Kind, Reason

#: RFC 5965 7.3, RFC 6591, RFC 6650, and the words that providers made up. What is not here is a complaint.
TYPES = {
    "opt-out": Kind.UNSUBSCRIBE,
    "opt-out-list": Kind.UNSUBSCRIBE,
    "unsubscribe": Kind.UNSUBSCRIBE,
    "auth-failure": Kind.AUTHENTICATION,
    "dmarc": Kind.AUTHENTICATION,
    "dkim": Kind.AUTHENTICATION,
    "not-spam": Kind.NOTHING,
}
#: Where the recipient stands: in the report, in the message that is complained of, or beside it.
REPORT_FIELDS = ("original-rcpt-to", "removal-recipient", "original-recipient", "final-recipient", "redacted-address")
ORIGINAL_FIELDS = ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "x-rcpt-to", "to")
#: Feedback loops that come without the report: who sends them, and how their subjects begin.
LOOPS: tuple[tuple[str, str, str], ...] = (
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
_LOOPS = tuple((re.compile(sender, re.IGNORECASE), re.compile(subject, re.IGNORECASE)) for _, sender, subject in LOOPS)
_OPEN_REPORT = re.compile(r"^feedback-type:", re.IGNORECASE | re.MULTILINE)


def complaints_in(mail: Mail, ours: frozenset[str]) -> tuple[Finding, ...]:
    """One finding per recipient; one without an address where all are blacked out; () if this is no such report."""
    report = _report(mail)
    if report is None:
        return ()
    kind = TYPES.get(report.first("feedback-type").strip().lower(), Kind.COMPLAINT)
    reason = Reason.AUTH_FAILURE if kind is Kind.AUTHENTICATION else None
    named = [address for name in REPORT_FIELDS for value in report.all(name) if (address := address_in(value))]
    if not named:
        originals = [fields_in(text) for text in mail.of(ORIGINAL)]
        named = [
            address
            for fields in originals
            for name in ORIGINAL_FIELDS
            for value in fields.all(name)
            for address in addresses_in(value)
            if address.lower() not in ours
        ][:1]
    return tuple(Finding(kind, address, reason) for address in dict.fromkeys(named)) or (Finding(kind, "", reason),)


def _report(mail: Mail) -> Fields | None:
    """The fields of the report, wherever they stand; none, but a report all the same, is Fields()."""
    parts = mail.of(FEEDBACK)
    if parts:
        return fields_in("\n".join(line for part in parts for line in part.splitlines() if line.strip()))
    for part in mail.parts:
        if part.kind not in ORIGINAL and (open_report := _OPEN_REPORT.search(part.text)):
            return fields_in(part.text[open_report.start() :][:4000])
    if "feedback-report" in mail.fields.first("content-type").lower():
        return Fields()
    sender, subject = mail.fields.first("from"), words_of(mail.fields.first("subject"))
    if any(who.search(sender) and what.match(subject.strip()) for who, what in _LOOPS):
        return Fields()
    return None
