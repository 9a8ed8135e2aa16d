"""Delivery status notifications (RFC 3464): the fields of each recipient, even if the blocks are malformed."""

import re
from dataclasses import dataclass

from stoppress.inbound.bounces.failed_recipients import first_address
from stoppress.inbound.bounces.mime_parts import HeaderFields, parse_fields

MAX_BLOCKS = 200

_BLANK = re.compile(r"\n[ \t]{0,40}\n")
_TYPED = re.compile(r"\s{0,10}([\w.+-]{1,30})\s{0,10};")
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_QUOTE = re.compile(r"^(?:[>|] ?){1,6}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """The fields of one recipient.

    Attributes:
        original: the address that we wrote to.
        final: the address to which that led.
        action: failed, delayed, delivered, relayed or expanded.
        status: enhanced status code, or "".
        diagnostic: text of the diagnostic code.
        diagnostic_type: its type: smtp, x-unix, x-notes, …
    """

    original: str
    final: str
    action: str
    status: str
    diagnostic: str
    diagnostic_type: str

    @property
    def address(self) -> str:
        """The address that we wrote to, as far as the status names it."""
        return self.original or self.final


def parse_recipient_statuses(text: str) -> list[RecipientStatus]:
    """Return every recipient of a delivery-status part, or of text that contains such fields."""
    return [
        status
        for block in _BLANK.split(text, MAX_BLOCKS)
        for fields in _split_records(parse_fields(block))
        if (status := _recipient_status(fields))
    ]


def find_inline_status(text: str) -> str:
    """Return the delivery status inside a plain text, without quotation marks, or ""."""
    start = text.lower().find("final-recipient:")
    if start < 0:
        return ""
    return _QUOTE.sub("", text[max(0, start - 400) : start + 4000])


def _split_records(fields: HeaderFields) -> list[HeaderFields]:
    """Split blocks that lack the blank line between them, where a recipient field repeats."""
    records: list[list[tuple[str, str]]] = [[]]
    for name, value in fields:
        if name in ("final-recipient", "original-recipient") and any(name == seen for seen, _ in records[-1]):
            records.append([])
        records[-1].append((name, value))
    return [HeaderFields(record) for record in records]


def _recipient_status(fields: HeaderFields) -> RecipientStatus | None:
    final, original = (_parse_address(fields.first(f"{name}-recipient")) for name in ("final", "original"))
    if "@" not in final:
        final = _parse_address(fields.first("x-actual-recipient")) or final
    if not (final or original):
        return None
    action = fields.first("action").split(" ")[0].split(";")[0].strip().lower()
    status = _STATUS.search(fields.first("status"))
    diagnostic_type, diagnostic = _parse_diagnostic(fields.first("diagnostic-code"))
    return RecipientStatus(original, final, action, status[0] if status else "", diagnostic, diagnostic_type)


def _parse_address(value: str) -> str:
    """Return the address of `rfc822; "a b"@c` without its type; "" for a program or for no address."""
    typed = _TYPED.match(value)
    if typed:
        value = value[typed.end() :]
    value = value.strip()
    if "@" not in value:
        value = _XTEXT.sub(lambda code: chr(int(code[1], 16)), value)
    return first_address(value) or (value if re.fullmatch(r"[\w.-]{1,64}", value) else "")


def _parse_diagnostic(value: str) -> tuple[str, str]:
    typed = _TYPED.match(value)
    return (typed[1].lower(), value[typed.end() :].strip()) if typed else ("", value)
