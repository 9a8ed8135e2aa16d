"""One message that came back, to an arrival: what it says, and by what it is known again."""

from collections.abc import Sequence
from hashlib import blake2b

from stoppress.inbound.bounces import RecipientReport, ReportKind, ParsedReport, parse_report
from stoppress.inbound.bounces.autoreplies import is_auto_reply
from stoppress.inbound.bounces.mime_parts import MAX_HEADER_BYTES, HeaderFields, parse_fields
from stoppress.inbound.record_report import ReceivedReport


def parse_incoming_message(message: bytes, *, via: str, envelope_to: Sequence[str] = ()) -> ReceivedReport:
    """What `message` says. The same message is known again, by whatever way it comes. Never raises."""
    fields = _header_fields(message)
    report = parse_report(message, envelope_to=envelope_to)
    if report.kind is ReportKind.UNSUBSCRIBE and report.unsubscribe_ids and _is_automatic(fields):
        report = ParsedReport(ReportKind.AUTO_REPLY, (RecipientReport(ReportKind.AUTO_REPLY),))
    return ReceivedReport(report, via, _deduplication_key(fields, message))


def _is_automatic(fields: HeaderFields) -> bool:
    """A machine answered, or a server reports: nobody asked to leave. Mail programs may say "auto-generated"."""
    reports = "multipart/report" in fields.first("content-type").lower()
    return reports or is_auto_reply(fields, may_be_bounce=True)


def _deduplication_key(fields: HeaderFields, message: bytes) -> str:
    """Its Message-ID, since headers grow on the way; a digest of everything where it has none."""
    return fields.first("message-id")[:500] or blake2b(message, digest_size=16).hexdigest()


def _header_fields(message: bytes) -> HeaderFields:
    head = message[:MAX_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return parse_fields(head.decode("utf-8", "replace"))
