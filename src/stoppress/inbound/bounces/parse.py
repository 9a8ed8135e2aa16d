"""Parser of a message that came back into a report. Pure: it looks nothing up and stores nothing.

The steps, in this order; the first that applies gives the report of each recipient:

1. an unsubscribe request to one of our signed addresses
2. a delivery status (RFC 3464), explained by the text beside it
3. a feedback report (RFC 5965), or an Amazon SES notification
4. an unsubscribe request, or an automatic reply (RFC 3834)
5. the text of a bounce
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from stoppress.bounce_rules import smtp_replies
from stoppress.bounce_rules.classify import classify_recipient
from stoppress.bounce_rules.report import ParsedReport, RecipientReport, ReportKind
from stoppress.delivery.message.verp_addresses import SignedMailbox, verify_address
from stoppress.inbound.bounces.amazon_notifications import find_notification, parse_notification
from stoppress.inbound.bounces.autoreplies import is_auto_reply
from stoppress.inbound.bounces.delivery_status import RecipientStatus, find_inline_status, parse_recipient_statuses
from stoppress.inbound.bounces.failed_recipients import (
    MAX_RECIPIENTS,
    all_addresses,
    find_failed_recipients,
    find_further_recipients,
    first_address,
)
from stoppress.inbound.bounces.feedback_reports import parse_feedback_report
from stoppress.inbound.bounces.flufl_adapter import find_failed_addresses
from stoppress.inbound.bounces.heuristics import BounceLikelihood, bounce_likelihood, is_still_retrying
from stoppress.inbound.bounces.mime_parts import (
    DELIVERY_STATUS_TYPES,
    FEEDBACK_REPORT_TYPES,
    ORIGINAL_MESSAGE_TYPES,
    HeaderFields,
    ParsedMessage,
    decode_header_words,
    html_to_text,
    parse_fields,
    parse_message,
)
from stoppress.inbound.bounces.returned_message import split_returned_message
from stoppress.inbound.bounces.smtp_transcript import transcript_by_recipient
from stoppress.inbound.bounces.unsubscribe_mail import is_unsubscribe_request
from stoppress.inbound.bounces.verp_tokens import AddressVerifier, find_signed_ids

#: Header fields with the address that the message was delivered to.
RECIPIENT_FIELDS = (
    "delivered-to",
    "x-original-to",
    "x-envelope-to",
    "envelope-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "to",
    "cc",
)
MAX_BODY_CHARACTERS = 65_536
"""Characters of a bounce's own text that are parsed."""
MAX_ATTACHED_DEPTH = 3
"""Levels of messages attached to messages that are searched for a bounce."""
ATTACHED_MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})
_BOUNCE_KINDS = frozenset({ReportKind.BOUNCE, ReportKind.DELAYED})

_KINDS_BY_ACTION = {
    "failed": ReportKind.BOUNCE,
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.NOTHING,
    "relayed": ReportKind.NOTHING,
    "expanded": ReportKind.NOTHING,
    "deliverable": ReportKind.NOTHING,
}


def parse_report(
    message: bytes, *, envelope_to: Iterable[str] = (), verify: AddressVerifier = verify_address
) -> ParsedReport:
    """Parse a message that came back. Never raises, whatever the bytes.

    Args:
        message: the message.
        envelope_to: its RCPT TO addresses, if they are available.
        verify: returns the numbers in a signed address. Only an address that passes it names a delivery.
    """
    parsed = parse_message(message)
    delivered_to = [*envelope_to, *(value for name in RECIPIENT_FIELDS for value in parsed.fields.all(name))]
    unsubscribe_ids = find_signed_ids(SignedMailbox.LEAVE, delivered_to, verify)
    if unsubscribe_ids:
        request = RecipientReport(ReportKind.UNSUBSCRIBE)
        return ParsedReport(request.kind, (request,), unsubscribe_ids=unsubscribe_ids)
    recipients = tuple(_find_recipient_reports(parsed, message))
    texts = [*delivered_to, *(part.text for part in parsed.parts)]
    delivery_ids = find_signed_ids(SignedMailbox.BOUNCE, texts, verify)
    delivery_ids = delivery_ids or find_signed_ids(SignedMailbox.COMPLAINT, texts, verify)
    return ParsedReport(
        recipients[0].kind if recipients else ReportKind.NOTHING,
        recipients,
        delivery_ids[0] if len(delivery_ids) == 1 else None,
        find_signed_ids(SignedMailbox.LEAVE, texts, verify),
    )


def _reports_of_attached_bounce(message: ParsedMessage, depth: int) -> Sequence[RecipientReport]:
    """Return the reports of a bounce that a filter or a forwarding server attached, whole, to a message of its own."""
    if depth >= MAX_ATTACHED_DEPTH:
        return ()
    for attached in message.texts(ATTACHED_MESSAGE_TYPES):
        inner = parse_message(content := attached.encode("utf-8", "replace"))
        is_report = bool(inner.texts(DELIVERY_STATUS_TYPES))
        text = split_returned_message(_body_text(inner)[:MAX_BODY_CHARACTERS])[0]
        may_report = is_report or inner.texts(ATTACHED_MESSAGE_TYPES)
        if may_report or bounce_likelihood(inner, text) is BounceLikelihood.CERTAIN:
            reports = _find_recipient_reports(inner, content, depth + 1)
            if any(report.address and report.kind in _BOUNCE_KINDS for report in reports):
                return reports
    return ()


def _find_recipient_reports(message: ParsedMessage, content: bytes, depth: int = 0) -> Sequence[RecipientReport]:
    """Return one report per recipient by steps 2 to 5 of the module's docstring."""
    correspondents = frozenset(
        address.lower()
        for name in ("from", "to", "return-path", "sender")
        for value in message.fields.all(name)
        for address in all_addresses(value)
    )
    body = _body_text(message)[:MAX_BODY_CHARACTERS]
    text, original = split_returned_message(body)
    statuses = [status for part in message.texts(DELIVERY_STATUS_TYPES) for status in parse_recipient_statuses(part)]
    if message.texts(FEEDBACK_REPORT_TYPES) and not statuses:
        return parse_feedback_report(message, correspondents)
    names_recipient = bool(statuses or find_failed_recipients(text, correspondents))
    if not names_recipient and (reports := _reports_of_attached_bounce(message, depth)):
        return reports
    statuses = statuses or parse_recipient_statuses(find_inline_status(body))
    if statuses:
        reports = _reports_from_delivery_status(message, text, statuses)
        named = {address.lower() for status in statuses for address in (status.original, status.final)}
        further = find_further_recipients(text, correspondents | named)
        others = [status.final or status.original for status in statuses]
        return [*reports, *_reports_from_text(message, text, further, others)][:MAX_RECIPIENTS] if further else reports
    if complaints := parse_feedback_report(message, correspondents):
        return complaints
    if notification := find_notification(body):
        return parse_notification(notification)
    if is_unsubscribe_request(message.fields):
        return (RecipientReport(ReportKind.UNSUBSCRIBE, first_address(message.fields.first("from"))),)
    likelihood = bounce_likelihood(message, text)
    is_possible = likelihood is BounceLikelihood.POSSIBLE
    if likelihood is not BounceLikelihood.CERTAIN and is_auto_reply(message.fields, may_be_bounce=is_possible):
        return (RecipientReport(ReportKind.AUTO_REPLY),)
    if likelihood is BounceLikelihood.NONE:
        return ()
    addresses = _find_recipients(message, content, text, original, correspondents)
    reports = _reports_from_text(message, text, addresses)
    if is_possible:  # such a text is easy to forge, so without a code it makes no address dead
        reports = [report if report.code or report.status else replace(report, dead=False) for report in reports]
    return reports


def _body_text(message: ParsedMessage) -> str:
    """Return the server's own text, converted from HTML only if there is no other."""
    for media_type, convert in (("text/plain", str), ("text/html", html_to_text), ("text/preamble", str)):
        text = "\n\n".join(convert(part) for part in message.texts(frozenset({media_type})))
        if text.strip():
            return text
    return ""


def _reports_from_delivery_status(
    message: ParsedMessage, text: str, statuses: Sequence[RecipientStatus]
) -> list[RecipientReport]:
    """Return one report per recipient of a delivery status, its reason from the diagnostic code or the text."""
    transcripts = transcript_by_recipient(text)
    is_retrying = is_still_retrying(decode_header_words(message.fields.first("subject")), text)
    all_finals = [status.final or status.original for status in statuses]
    reports: list[RecipientReport] = []
    for status in _unique_statuses(statuses):
        kind = _KINDS_BY_ACTION.get(status.action, ReportKind.DELAYED if is_retrying else ReportKind.BOUNCE)
        if kind is ReportKind.NOTHING:
            reports.append(RecipientReport(kind, status.address))
            continue
        section = _section_about(status.final or status.original, text, all_finals)
        transcript = transcripts.get(status.final.lower()) or transcripts.get(status.original.lower()) or ""
        replies = _parse_replies(
            smtp_replies.find_dovecot_rejection(section),
            status.diagnostic,
            smtp_replies.find_quoted_reply(section),
            section,
            transcript,
        )
        reports.append(
            classify_recipient(
                status.address, kind, replies, status=status.status, diagnostic_type=status.diagnostic_type
            )
        )
    return reports


def _unique_statuses(statuses: Sequence[RecipientStatus]) -> list[RecipientStatus]:
    """Return the first block of each mailbox, for at most `MAX_RECIPIENTS`.

    An alias leads to several mailboxes: their blocks differ in the final recipient, not in the original one.
    """
    first: dict[str, RecipientStatus] = {}
    for status in statuses:
        first.setdefault((status.final or status.original).lower(), status)
    return list(first.values())[:MAX_RECIPIENTS]


def _reports_from_text(
    message: ParsedMessage, text: str, addresses: Sequence[str], others: Sequence[str] = ()
) -> list[RecipientReport]:
    """Return one report per recipient that only the text names; `others` are the recipients of the delivery status."""
    subject = decode_header_words(message.fields.first("subject"))
    kind = ReportKind.DELAYED if is_still_retrying(subject, text) else ReportKind.BOUNCE
    transcripts = transcript_by_recipient(text)
    reports = []
    for address in addresses or [""]:
        section = _section_about(address, text, [*addresses, *others])
        quoted, transcript = smtp_replies.find_quoted_reply(section), transcripts.get(address.lower(), "")
        reply = quoted or transcript if len(addresses) + len(others) < 2 else transcript or quoted
        replies = _parse_replies(reply, section, subject)
        reports.append(classify_recipient(address, kind, replies))
    return reports


def _parse_replies(*texts: str) -> list[smtp_replies.ServerReply]:
    return [smtp_replies.parse_reply(text) for text in texts if text.strip()]


def _find_recipients(
    message: ParsedMessage, content: bytes, text: str, original: str, correspondents: frozenset[str]
) -> list[str]:
    """Return the recipients of a bounce by the most reliable source that names any."""
    return next(filter(None, _recipient_candidates(message, content, text, original, correspondents)), [])


def _recipient_candidates(
    message: ParsedMessage, content: bytes, text: str, original: str, correspondents: frozenset[str]
) -> Iterator[list[str]]:
    """Yield the recipients of each source, the most reliable first."""
    yield all_addresses(", ".join(message.fields.all("x-failed-recipients")))
    yield find_failed_recipients(text, correspondents)
    yield [address for address in find_failed_addresses(content) if address.lower() not in correspondents]
    others = [address for address in all_addresses(text) if address.lower() not in correspondents]
    yield [address for address in others if not address.lower().startswith("postmaster@")]
    originals = [*message.texts(ORIGINAL_MESSAGE_TYPES), original]
    yield [address for fields in map(parse_fields, originals) for address in _single_recipient(fields)]
    yield find_failed_recipients(text, frozenset())


def _single_recipient(fields: HeaderFields) -> list[str]:
    """Return the recipient of the original message if it has exactly one."""
    addresses = all_addresses(", ".join(fields.all("to")))
    return addresses if len(addresses) == 1 else []


def _section_about(address: str, text: str, addresses: Sequence[str]) -> str:
    """Return the text about one recipient, up to the line that names the next; all of it for a single recipient."""
    if len({each.lower() for each in addresses}) < 2:
        return text
    lowered = text.lower()
    start = lowered.find(address.lower()) if address else -1
    if start < 0:
        return ""
    others = {each.lower() for each in addresses} - {address.lower()}
    end = min((found for other in others if (found := lowered.find(other, start + 1)) >= 0), default=len(text))
    first = text.rfind("\n", 0, start) + 1
    return text[first : text.rfind("\n", 0, end) + 1 if end < len(text) else end]
