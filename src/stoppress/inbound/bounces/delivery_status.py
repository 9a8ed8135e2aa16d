"""Delivery status notifications (RFC 3464): what they say per recipient, however their blocks are broken up."""

import re
from dataclasses import dataclass

from stoppress.inbound.bounces.failed_recipients import address_in
from stoppress.inbound.bounces.mime_parts import Fields, fields_in

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


def recipients_in(text: str) -> list[RecipientStatus]:
    """Every recipient in a delivery-status part, or in text that holds the fields of one."""
    found = []
    for block in _BLANK.split(text, MAX_BLOCKS):
        for fields in _records(fields_in(block)):
            if status := _recipient(fields):
                found.append(status)
    return found


def fields_lie_open(text: str) -> str:
    """The part of plain text that is a delivery status, its quotation marks off, or "" """
    at = text.lower().find("final-recipient:")
    if at < 0:
        return ""
    return _QUOTE.sub("", text[max(0, at - 400) : at + 4000])


def _records(fields: Fields) -> list[Fields]:
    """Blocks that ran together are parted where a field comes again."""
    records: list[list[tuple[str, str]]] = [[]]
    for name, value in fields:
        if name in ("final-recipient", "original-recipient") and any(name == seen for seen, _ in records[-1]):
            records.append([])
        records[-1].append((name, value))
    return [Fields(record) for record in records]


def _recipient(fields: Fields) -> RecipientStatus | None:
    final, original = (_address(fields.first(f"{which}-recipient")) for which in ("final", "original"))
    if "@" not in final:
        final = _address(fields.first("x-actual-recipient")) or final
    action = fields.first("action").split(" ")[0].split(";")[0].strip().lower()
    if not (final or original):
        return None
    status = _STATUS.search(fields.first("status"))
    by, diagnostic = _said(fields.first("diagnostic-code"))
    return RecipientStatus(original, final, action, status[0] if status else "", diagnostic, by)


def _address(value: str) -> str:
    """`rfc822; "a b"@c` without its type; what names a program or nothing is "" """
    typed = _TYPED.match(value)
    if typed:
        value = value[typed.end() :]
    value = value.strip()
    if "@" not in value:
        value = _XTEXT.sub(lambda code: chr(int(code[1], 16)), value)
    return address_in(value) or (value if re.fullmatch(r"[\w.-]{1,64}", value) else "")


def _said(value: str) -> tuple[str, str]:
    typed = _TYPED.match(value)
    return (typed[1].lower(), value[typed.end() :].strip()) if typed else ("", value)
