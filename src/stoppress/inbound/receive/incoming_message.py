"""Parser of one message received by mail into a report with its origin."""

from collections.abc import Sequence
from hashlib import blake2b

from stoppress.inbound.bounces import ParsedReport, RecipientReport, ReportKind, parse_report
from stoppress.inbound.bounces.autoreplies import is_auto_reply
from stoppress.inbound.bounces.mime_parts import MAX_HEADER_BYTES, HeaderFields, parse_fields
from stoppress.inbound.record_report import ReceivedReport


def parse_incoming_message(message: bytes, *, via: str, envelope_to: Sequence[str] = ()) -> ReceivedReport:
    """Parse a message. Its key is the same however it is received. Never raises.

    Args:
        message: the message.
        via: smtp, lmtp or imap.
        envelope_to: the RCPT TO addresses, if they are available.
    """
    fields = _header_fields(message)
    report = parse_report(message, envelope_to=envelope_to)
    if report.kind is ReportKind.UNSUBSCRIBE and report.unsubscribe_ids and _is_automatic(fields):
        report = ParsedReport(ReportKind.AUTO_REPLY, (RecipientReport(ReportKind.AUTO_REPLY),))
    return ReceivedReport(report, via, _message_key(fields, message))


def _is_automatic(fields: HeaderFields) -> bool:
    """Return True for an automatic reply or a server's report. "auto-generated" alone may be a mail program."""
    is_report = "multipart/report" in fields.first("content-type").lower()
    return is_report or is_auto_reply(fields, may_be_bounce=True)


def _message_key(fields: HeaderFields, message: bytes) -> str:
    """Return the Message-ID, since header fields are added on the way; a digest of the message without one."""
    return fields.first("message-id")[:500] or blake2b(message, digest_size=16).hexdigest()


def _header_fields(message: bytes) -> HeaderFields:
    header = message[:MAX_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return parse_fields(header.decode("utf-8", "replace"))
