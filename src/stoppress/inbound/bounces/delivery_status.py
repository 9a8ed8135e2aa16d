"""Delivery status notifications (RFC 3464): what they say per recipient, however their blocks are broken up."""

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
    """The fields of one recipient. `original` is what we wrote to, `final` where that led."""

    original: str
    final: str
    action: str
    status: str
    diagnostic: str
    by: str
    """Who speaks in `diagnostic`: smtp, x-unix, x-notes …"""

    @property
    def address(self) -> str:
        """What we wrote to, as far as is said."""
        return self.original or self.final


def parse_recipient_statuses(text: str) -> list[RecipientStatus]:
    """Every recipient in a delivery-status part, or in text that holds the fields of one."""
    found = []
    for block in _BLANK.split(text, MAX_BLOCKS):
        for fields in _split_records(parse_fields(block)):
            if status := _recipient_status(fields):
                found.append(status)
    return found


def find_inline_status(text: str) -> str:
    """The part of plain text that is a delivery status, its quotation marks off, or "" """
    at = text.lower().find("final-recipient:")
    if at < 0:
        return ""
    return _QUOTE.sub("", text[max(0, at - 400) : at + 4000])


def _split_records(fields: HeaderFields) -> list[HeaderFields]:
    """Blocks that ran together are parted where a field comes again."""
    records: list[list[tuple[str, str]]] = [[]]
    for name, value in fields:
        if name in ("final-recipient", "original-recipient") and any(name == seen for seen, _ in records[-1]):
            records.append([])
        records[-1].append((name, value))
    return [HeaderFields(record) for record in records]


def _recipient_status(fields: HeaderFields) -> RecipientStatus | None:
    final, original = (_parse_address(fields.first(f"{which}-recipient")) for which in ("final", "original"))
    if "@" not in final:
        final = _parse_address(fields.first("x-actual-recipient")) or final
    action = fields.first("action").split(" ")[0].split(";")[0].strip().lower()
    if not (final or original):
        return None
    status = _STATUS.search(fields.first("status"))
    by, diagnostic = _parse_diagnostic(fields.first("diagnostic-code"))
    return RecipientStatus(original, final, action, status[0] if status else "", diagnostic, by)


def _parse_address(value: str) -> str:
    """`rfc822; "a b"@c` without its type; what names a program or nothing is "" """
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
