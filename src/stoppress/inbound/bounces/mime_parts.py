"""Parser of messages into header fields and text parts, tolerant of mail that other software has mangled.

The standard library's parser scans every line once per level of nesting, and gives up on headers that real bounces
have. Here the work is bounded: at most MAX_PARSED_BYTES bytes, MAX_PARTS parts and MAX_DEPTH levels.
"""

import binascii
import codecs
import html
import quopri
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

MAX_PARSED_BYTES = 1_048_576
MAX_PARTS = 40
MAX_DEPTH = 6
MAX_HEADER_BYTES = 65_536
MAX_TEXT_CHARACTERS = 262_144
"""Limits of one message: bytes, parts, levels of nesting, bytes of a header block, characters of a part."""

#: Charsets used in mail. Not every Python codec is allowed: some are slow, and some are not charsets.
CHARSETS = re.compile(
    r"(?:us-?)?ascii|utf-?(?:7|8|16(?:-?[lb]e)?)|iso-?8859-?\d{1,2}|latin-?\d|(?:windows-?|cp)125\d|koi8-?[ru]"
    r"|iso-?2022-?(?:jp|kr)[-\w]{0,6}|shift[-_]?jis|sjis|euc-?(?:jp|kr)|gb2312|gbk|gb18030|big5|"
    r"cp(?:437|85[02]|866|932|949)"
)

_FIELD = re.compile(r"([!-9;-~]{1,80}):[ \t]?")
_PARAMETER = re.compile(
    r';\s{0,40}([a-z-]{1,20})\s{0,4}=\s{0,4}(?:"([^"\r\n]{0,200})"|([^\s;"]{1,200}))', re.IGNORECASE
)
_MIME_IN_BODY = re.compile(rb"(?:^|\n)--([^\s]{1,100})\r?\n(?:\r?\n|Content-)", re.IGNORECASE)
_END_OF_HEADERS = re.compile(rb"\r?\n[ \t]{0,20}\r?\n")
_LOOKS_LIKE_FIELD = re.compile(rb"[!-9;-~]{1,80}:|From |>From ")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table|/?blockquote|hr)\b[^<>]{0,400}>", re.IGNORECASE)
_HIDDEN_ELEMENTS = ("style", "script", "title")

ORIGINAL_MESSAGE_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"}
)
DELIVERY_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
FEEDBACK_REPORT_TYPES = frozenset({"message/feedback-report"})


class HeaderFields(tuple[tuple[str, str], ...]):
    """Header fields in their order, unfolded, with lower-case names."""

    __slots__ = ()

    def first(self, name: str) -> str:
        """Return the value of the first field of this name, or ""."""
        return next((value for key, value in self if key == name), "")

    def all(self, name: str) -> list[str]:
        """Return the values of all fields of this name."""
        return [value for key, value in self if key == name]


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One leaf of the MIME structure: its media type in lower case, and its text."""

    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """Header fields and text parts of a message."""

    fields: HeaderFields
    parts: tuple[MessagePart, ...]

    def texts(self, media_types: frozenset[str]) -> list[str]:
        """Return the texts of all parts of these media types."""
        return [part.text for part in self.parts if part.media_type in media_types]


def parse_message(message: bytes) -> ParsedMessage:
    """Parse a message. Never raises; whatever exceeds the limits is ignored."""
    head, body = _split_header(message[:MAX_PARSED_BYTES])
    fields = parse_fields(_decode_text(head, ""))
    parts: list[MessagePart] = []
    _collect_parts(fields, body, parts, 0)
    return ParsedMessage(fields, tuple(parts))


def parse_fields(block: str) -> HeaderFields:
    """Return the header fields in a text. Lines that are not fields are skipped; they do not end the header."""
    fields: list[list[str]] = []
    for line in block[:MAX_HEADER_BYTES].splitlines():
        if line[:1] in (" ", "\t"):
            if fields and len(fields[-1][1]) < 8192:
                fields[-1][1] += " " + line.strip()
        elif match := _FIELD.match(line):
            fields.append([match[1].lower(), line[match.end() :].strip()])
    return HeaderFields((name, value) for name, value in fields)


def decode_header_words(value: str) -> str:
    """Return the value of a field with its encoded words (RFC 2047) decoded."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:4096])
    except (HeaderParseError, ValueError):
        return value
    return "".join(_decode_text(text, charset or "") if isinstance(text, bytes) else text for text, charset in pieces)


def html_to_text(markup: str) -> str:
    """Return roughly the text that a reader would see."""
    for name in _HIDDEN_ELEMENTS:
        markup = _remove_elements(markup, name)
    text = _TAG.sub("", _BREAK.sub("\n", markup))
    return html.unescape(text).replace("\xa0", " ")


def _remove_elements(markup: str, element: str) -> str:
    """Return markup without these elements and their content; an unclosed element extends to the end."""
    pieces = []
    lowered = markup.lower()
    position = 0
    while (start := lowered.find(f"<{element}", position)) >= 0:
        pieces.append(markup[position:start])
        end = lowered.find(f"</{element}", start)
        position = end + len(element) + 2 if end >= 0 else len(markup)
    return "".join([*pieces, markup[position:]])


def _collect_parts(fields: HeaderFields, body: bytes, parts: list[MessagePart], depth: int) -> None:
    media_type, parameters = _media_type(fields)
    boundary = parameters.get("boundary", "")
    if media_type.startswith("multipart/") or (depth == 0 and media_type.startswith("text/plain")):
        preamble, *children = _split_parts(body, boundary, 16_384 if boundary or depth else 256)
        if children and depth < MAX_DEPTH:
            for child in children:
                header, content = _split_header(child)
                if len(parts) < MAX_PARTS:
                    _collect_parts(parse_fields(_decode_text(header, "")), content, parts, depth + 1)
            if preamble.strip() and len(parts) < MAX_PARTS:
                parts.append(MessagePart("text/preamble", _decode_text(preamble, "")))
            return
        media_type = "text/plain"
    if media_type.startswith(("text/", "message/")):
        content = _decode_transfer_encoding(body, fields.first("content-transfer-encoding"))
        text = _decode_text(content, parameters.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")
        parts.append(MessagePart(media_type, text[:MAX_TEXT_CHARACTERS]))


def _split_parts(body: bytes, boundary: str, search_bytes: int) -> list[bytes]:
    """Split a body at its boundary.

    If that is missing or wrong, split at what looks like a boundary in the first `search_bytes` bytes.
    """
    if boundary:
        pieces = _split_at_boundary(body, boundary.encode("latin-1", "replace"))
        if len(pieces) > 1:
            return pieces
    guess = _MIME_IN_BODY.search(body, 0, search_bytes)
    return _split_at_boundary(body, guess[1]) if guess else [body]


def _split_at_boundary(body: bytes, boundary: bytes) -> list[bytes]:
    delimiter = b"\n--" + boundary
    preamble, *pieces = (b"\n" + body).split(delimiter, MAX_PARTS)
    parts = [preamble]
    for piece in pieces:
        if piece.startswith(b"--"):
            break
        line, _, content = piece.partition(b"\n")
        if line.strip():  # a longer boundary that starts with this one
            parts[-1] += delimiter + piece
        else:
            parts.append(content)
    return parts


def _split_header(message: bytes) -> tuple[bytes, bytes]:
    """Return header block and body. A message that starts with neither a field nor an mbox line has no header."""
    if message[:1] == b"\n" or message[:2] == b"\r\n":
        return b"", message.lstrip(b"\r\n")
    if not _LOOKS_LIKE_FIELD.match(message):
        return b"", message
    end = _END_OF_HEADERS.search(message)
    return (message[: end.start()], message[end.end() :]) if end else (message, b"")


def _media_type(fields: HeaderFields) -> tuple[str, dict[str, str]]:
    value = fields.first("content-type")[:2048]
    media_type = re.split(r"[;\s]", value.strip().lower(), maxsplit=1)[0]
    parameters = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(";" + value)}
    return media_type if re.fullmatch(r"[a-z]+/[\w.+-]+", media_type) else "text/plain", parameters


def _decode_transfer_encoding(body: bytes, encoding: str) -> bytes:
    """Decode base64 even with foreign characters and a damaged end, and quoted-printable."""
    match encoding.split(";")[0].strip().lower():
        case "base64":
            digits = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            digits = digits[: len(digits) - (len(digits) % 4 == 1)]
            try:
                return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
            except binascii.Error:
                return body
        case "quoted-printable":
            return quopri.decodestring(body)
    return body


def _decode_text(data: bytes, charset: str) -> str:
    """Decode text by its charset if that is a known one, else as ISO-2022-JP by its escapes, UTF-8 or Latin-1."""
    label = charset.strip().strip("\"'").lower()
    if label and CHARSETS.fullmatch(label):
        try:
            if codecs.lookup(label).name not in ("ascii", "utf-8", "iso8859-1"):
                return data.decode(label, "replace")
        except LookupError:
            pass
    if b"\x1b$" in data or b"\x1b(" in data:
        return data.decode("iso-2022-jp", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
