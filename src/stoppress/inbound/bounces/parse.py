"""Bytes of a message that came back, to a report of what it says. Pure: nothing is looked up, nothing is written.

signed token ─► delivery status (RFC 3464) ─► feedback report (RFC 5965) ─► words of a bounce ─► auto-reply
                what each recipient's fields say, explained by the words around          (RFC 3834)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from stoppress.delivery.message.verp_addresses import SignedMailbox, verify_address
from stoppress.inbound.bounces import smtp_replies
from stoppress.inbound.bounces.amazon_notifications import parse_notification, find_notification
from stoppress.inbound.bounces.autoreplies import is_auto_reply
from stoppress.inbound.bounces.classify import classify_recipient
from stoppress.inbound.bounces.delivery_status import RecipientStatus, find_inline_status, parse_recipient_statuses
from stoppress.inbound.bounces.failed_recipients import MAX_RECIPIENTS, first_address, all_addresses, find_failed_recipients
from stoppress.inbound.bounces.feedback_reports import parse_feedback_report
from stoppress.inbound.bounces.flufl_adapter import find_failed_addresses
from stoppress.inbound.bounces.heuristics import BounceLikelihood, is_still_retrying, bounce_likelihood
from stoppress.inbound.bounces.mime_parts import (
    FEEDBACK_REPORT_TYPES,
    ORIGINAL_MESSAGE_TYPES,
    DELIVERY_STATUS_TYPES,
    HeaderFields,
    ParsedMessage,
    parse_fields,
    parse_message,
    html_to_text,
    decode_header_words,
)
from stoppress.inbound.bounces.report import RecipientReport, ReportKind, ParsedReport
from stoppress.inbound.bounces.returned_message import split_returned_message
from stoppress.inbound.bounces.smtp_transcript import transcript_by_recipient
from stoppress.inbound.bounces.unsubscribe_mail import is_unsubscribe_request
from stoppress.inbound.bounces.verp_tokens import AddressVerifier, find_signed_ids

#: Where the address stands that a message was delivered to.
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
"""Characters of a bounce's own words that are read."""

_KINDS_BY_ACTION = {
    "failed": ReportKind.BOUNCE,
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.NOTHING,
    "relayed": ReportKind.NOTHING,
    "expanded": ReportKind.NOTHING,
    "deliverable": ReportKind.NOTHING,
}


def parse_report(message: bytes, *, envelope_to: Iterable[str] = (), check: AddressVerifier = verify_address) -> ParsedReport:
    """What a message says. Never raises, whatever the bytes.

    `envelope_to`: the RCPT TO addresses it was delivered to, if the receiver knows them; `check`: tells the numbers in
    a signed address (delivery/message/verp_addresses.py). A delivery is named only by an address that passes it.
    """
    mail = parse_message(message)
    arrived_at = [*envelope_to, *(value for name in RECIPIENT_FIELDS for value in mail.fields.all(name))]
    leaving = find_signed_ids(SignedMailbox.LEAVE, arrived_at, check)
    if leaving:
        return ParsedReport(ReportKind.UNSUBSCRIBE, (RecipientReport(ReportKind.UNSUBSCRIBE),), leaving=leaving)
    findings = tuple(_find_recipient_reports(mail, message))
    if not any(finding.address for finding in findings):
        findings = tuple(_findings_in_attached_bounce(mail)) or findings
    carried = [*arrived_at, *(part.text for part in mail.parts)]
    delivery = find_signed_ids(SignedMailbox.BOUNCE, carried, check)
    return ParsedReport(
        findings[0].kind if findings else ReportKind.NOTHING,
        findings,
        delivery[0] if len(delivery) == 1 else None,
        find_signed_ids(SignedMailbox.LEAVE, carried, check),
    )


def _findings_in_attached_bounce(mail: ParsedMessage) -> Sequence[RecipientReport]:
    """Findings of a bounce that somebody's filter put into a message of its own, whole."""
    if [part.kind for part in mail.parts if part.text.strip() and part.kind != "text/preamble"] != ["message/rfc822"]:
        return ()
    inside = mail.of(ORIGINAL_MESSAGE_TYPES)[0].encode()
    return _find_recipient_reports(parse_message(inside), inside)


def _find_recipient_reports(mail: ParsedMessage, message: bytes) -> Sequence[RecipientReport]:
    ours = frozenset(
        address.lower()
        for name in ("from", "to", "return-path", "sender")
        for value in mail.fields.all(name)
        for address in all_addresses(value)
    )
    text = _body_text(mail)[:MAX_BODY_CHARACTERS]
    words, returned = split_returned_message(text)
    stated = [status for text in mail.of(DELIVERY_STATUS_TYPES) for status in parse_recipient_statuses(text)]
    if mail.of(FEEDBACK_REPORT_TYPES) and not stated:
        return parse_feedback_report(mail, ours)
    stated = stated or parse_recipient_statuses(find_inline_status(text))
    if stated:
        return _from_delivery_status(mail, words, stated)
    if complaints := parse_feedback_report(mail, ours):
        return complaints
    if notification := find_notification(text):
        return parse_notification(notification)
    if is_unsubscribe_request(mail.fields):
        return (RecipientReport(ReportKind.UNSUBSCRIBE, first_address(mail.fields.first("from"))),)
    like = bounce_likelihood(mail, words)
    if like is not BounceLikelihood.PLAIN and is_auto_reply(mail.fields, like_a_bounce=like is BounceLikelihood.POSSIBLE):
        return (RecipientReport(ReportKind.AUTO_REPLY),)
    if like is BounceLikelihood.NONE:
        return ()
    found = _from_body_text(mail, message, words, returned, ours)
    if like is BounceLikelihood.POSSIBLE:  # a stranger's own words kill nobody
        found = [one if one.code or one.status else replace(one, dead=False) for one in found]
    return found


def _body_text(mail: ParsedMessage) -> str:
    """What the server itself wrote; out of HTML only where there is nothing else."""
    for kind, seen in (("text/plain", str), ("text/html", html_to_text), ("text/preamble", str)):
        words = "\n\n".join(seen(text) for text in mail.of(frozenset({kind})))
        if words.strip():
            return words
    return ""


def _from_delivery_status(mail: ParsedMessage, words: str, stated: Sequence[RecipientStatus]) -> list[RecipientReport]:
    """One finding per recipient of a delivery status, with its reason from the diagnostic, or else from the words."""
    told = transcript_by_recipient(words)
    trying = is_still_retrying(decode_header_words(mail.fields.first("subject")), words)
    found: list[RecipientReport] = []
    for status in _unique_statuses(stated):
        kind = _KINDS_BY_ACTION.get(status.action, ReportKind.DELAYED if trying else ReportKind.BOUNCE)
        if kind is ReportKind.NOTHING:
            found.append(RecipientReport(kind, status.address))
            continue
        section = _section_about(words, [one.final or one.original for one in stated], status.final or status.original)
        transcript = told.get(status.final.lower()) or told.get(status.original.lower()) or ""
        texts = [
            smtp_replies.find_dovecot_rejection(section),
            status.diagnostic,
            smtp_replies.find_quoted_reply(section),
            section,
            transcript,
        ]
        heard = [smtp_replies.parse_reply(text) for text in texts if text.strip()]
        found.append(classify_recipient(status.address, kind, heard, status=status.status, by=status.by))
    return found


def _unique_statuses(stated: Sequence[RecipientStatus]) -> list[RecipientStatus]:
    """The first block of each address."""
    first: dict[str, RecipientStatus] = {}
    for status in stated:
        first.setdefault(status.address.lower(), status)
    return list(first.values())[:MAX_RECIPIENTS]


def _from_body_text(mail: ParsedMessage, message: bytes, words: str, returned: str, ours: frozenset[str]) -> list[RecipientReport]:
    """Findings of a bounce that is nothing but text."""
    subject = decode_header_words(mail.fields.first("subject"))
    kind = ReportKind.DELAYED if is_still_retrying(subject, words) else ReportKind.BOUNCE
    told = transcript_by_recipient(words)
    named = _find_recipients(mail, message, words, returned, ours)
    found = []
    for address in named or [""]:
        section = _section_about(words, named, address)
        alone = smtp_replies.find_quoted_reply(words) if len(named) < 2 else ""
        texts = [alone or told.get(address.lower(), ""), section, subject]
        found.append(classify_recipient(address, kind, [smtp_replies.parse_reply(text) for text in texts if text.strip()]))
    return found


def _find_recipients(mail: ParsedMessage, message: bytes, words: str, returned: str, ours: frozenset[str]) -> list[str]:
    """Who it is about, by the best witness that names anybody."""
    return next(filter(None, _recipient_candidates(mail, message, words, returned, ours)), [])


def _recipient_candidates(mail: ParsedMessage, message: bytes, words: str, returned: str, ours: frozenset[str]) -> Iterator[list[str]]:
    yield all_addresses(", ".join(mail.fields.all("x-failed-recipients")))
    yield find_failed_recipients(words, ours)
    yield [address for address in find_failed_addresses(message) if address.lower() not in ours]
    yield [
        address
        for address in all_addresses(words)
        if address.lower() not in ours and not address.lower().startswith("postmaster@")
    ]
    originals = [*(parse_fields(text) for text in mail.of(ORIGINAL_MESSAGE_TYPES)), parse_fields(returned)]
    yield [address for fields in originals for address in _single_recipient(fields)]
    yield find_failed_recipients(words, frozenset())


def _single_recipient(fields: HeaderFields) -> list[str]:
    """To whom the returned message went, where that is one."""
    to = all_addresses(", ".join(fields.all("to")))
    return to if len(to) == 1 else []


def _section_about(words: str, all_named: Sequence[str], address: str) -> str:
    """The words about one recipient, up to where the next is named; all of them, if there is but one."""
    if len({name.lower() for name in all_named}) < 2:
        return words
    small = words.lower()
    at = small.find(address.lower()) if address else -1
    if at < 0:
        return ""
    others = {name.lower() for name in all_named} - {address.lower()}
    end = min((start for name in others if (start := small.find(name, at + 1)) >= 0), default=len(words))
    return words[words.rfind("\n", 0, at) + 1 : words.rfind("\n", 0, end) + 1 if end < len(words) else end]
