"""One message that came back, to an arrival: what it says, and by what it is known again."""

from collections.abc import Sequence
from hashlib import blake2b

from stoppress.inbound.bounces import Finding, Kind, Report, read
from stoppress.inbound.bounces.autoreplies import is_auto_reply
from stoppress.inbound.bounces.mime_parts import MAX_HEADER, Fields, fields_in
from stoppress.inbound.record_report import Arrival


def arrival_of(message: bytes, *, via: str, envelope_to: Sequence[str] = ()) -> Arrival:
    """What `message` says. The same message is known again, by whatever way it comes. Never raises."""
    fields = _fields(message)
    report = read(message, envelope_to=envelope_to)
    if report.kind is Kind.UNSUBSCRIBE and report.leaving and _was_no_wish(fields):
        report = Report(Kind.AUTO_REPLY, (Finding(Kind.AUTO_REPLY),))
    return Arrival(report, via, _mark(fields, message))


def _was_no_wish(fields: Fields) -> bool:
    """A machine answered, or a server reports: nobody asked to leave. Mail programs may say "auto-generated"."""
    reports = "multipart/report" in fields.first("content-type").lower()
    return reports or is_auto_reply(fields, like_a_bounce=True)


def _mark(fields: Fields, message: bytes) -> str:
    """Its Message-ID, since headers grow on the way; a digest of everything where it has none."""
    return fields.first("message-id")[:500] or blake2b(message, digest_size=16).hexdigest()


def _fields(message: bytes) -> Fields:
    head = message[:MAX_HEADER].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return fields_in(head.decode("utf-8", "replace"))
