"""Bytes into header fields and readable parts, for mail that other software took apart or broke.

Own, since the standard library's parser looks at every line once per level of nesting, and gives up on headers that
real bounces have. Here work is bounded: MAX_BYTES are read, MAX_PARTS parts are kept, MAX_DEPTH levels are opened.
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
"""Bytes, parts, levels, bytes of one header block, characters of one part."""

#: What mail is written in. Not every codec of Python: some of them are slow, and some are no charsets.
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

ORIGINAL_MESSAGE_TYPES = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"})
DELIVERY_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
FEEDBACK_REPORT_TYPES = frozenset({"message/feedback-report"})


class HeaderFields(tuple[tuple[str, str], ...]):
    """Header fields in their order, names in small letters, unfolded."""

    __slots__ = ()

    def first(self, name: str) -> str:
        """The first field of this name, or ""."""
        return next((value for key, value in self if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every field of this name."""
        return [value for key, value in self if key == name]


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One leaf: its media type in small letters, and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A message taken apart."""

    fields: HeaderFields
    parts: tuple[MessagePart, ...]

    def of(self, kinds: frozenset[str]) -> list[str]:
        """The texts of all parts of these media types."""
        return [part.text for part in self.parts if part.kind in kinds]


def parse_message(message: bytes) -> ParsedMessage:
    """Never raises. What is beyond the limits is not seen."""
    head, body = _split_header(message[:MAX_PARSED_BYTES])
    fields = parse_fields(_decode_text(head, ""))
    parts: list[MessagePart] = []
    _collect_parts(fields, body, parts, 0)
    return ParsedMessage(fields, tuple(parts))


def parse_fields(block: str) -> HeaderFields:
    """Header fields out of text; lines that are none end nothing, they are skipped."""
    found: list[list[str]] = []
    for line in block[:MAX_HEADER_BYTES].splitlines():
        if line[:1] in (" ", "\t"):
            if found and len(found[-1][1]) < 8192:
                found[-1][1] += " " + line.strip()
        elif match := _FIELD.match(line):
            found.append([match[1].lower(), line[match.end() :].strip()])
    return HeaderFields((name, value) for name, value in found)


def decode_header_words(value: str) -> str:
    """A field with its encoded words (RFC 2047) read."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:4096])
    except (HeaderParseError, ValueError):
        return value
    return "".join(_decode_text(piece, label or "") if isinstance(piece, bytes) else piece for piece, label in pieces)


def html_to_text(markup: str) -> str:
    """What a reader would see of it, roughly."""
    for name in _HIDDEN_ELEMENTS:
        markup = _remove_elements(markup, name)
    seen = _TAG.sub("", _BREAK.sub("\n", markup))
    return html.unescape(seen).replace("\xa0", " ")


def _remove_elements(markup: str, element: str) -> str:
    """The markup without these elements and what they hold; one that is not closed goes to the end."""
    kept = []
    small = markup.lower()
    at = 0
    while (start := small.find(f"<{element}", at)) >= 0:
        kept.append(markup[at:start])
        end = small.find(f"</{element}", start)
        at = end + len(element) + 2 if end >= 0 else len(markup)
    return "".join([*kept, markup[at:]])


def _collect_parts(fields: HeaderFields, body: bytes, parts: list[MessagePart], depth: int) -> None:
    kind, parameters = _media_type(fields)
    boundary = parameters.get("boundary", "")
    if kind.startswith("multipart/") or (depth == 0 and kind.startswith("text/plain")):
        pieces = _split_parts(body, boundary, 16_384 if boundary or depth else 256)
        if len(pieces) > 1 and depth < MAX_DEPTH:
            for piece in pieces[1:]:
                head, content = _split_header(piece)
                if len(parts) < MAX_PARTS:
                    _collect_parts(parse_fields(_decode_text(head, "")), content, parts, depth + 1)
            if pieces[0].strip() and len(parts) < MAX_PARTS:
                parts.append(MessagePart("text/preamble", _decode_text(pieces[0], "")))
            return
        kind = "text/plain"
    if kind.startswith(("text/", "message/")):
        content = _decode_transfer_encoding(body, fields.first("content-transfer-encoding"))
        text = _decode_text(content, parameters.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")
        parts.append(MessagePart(kind, text[:MAX_TEXT_CHARACTERS]))


def _split_parts(body: bytes, boundary: str, within: int) -> list[bytes]:
    """The body split at its boundary; where that is missing or wrong, at what looks like one in so many first bytes."""
    if boundary:
        pieces = _split_at_boundary(body, boundary.encode("latin-1", "replace"))
        if len(pieces) > 1:
            return pieces
    found = _MIME_IN_BODY.search(body, 0, within)
    return _split_at_boundary(body, found[1]) if found else [body]


def _split_at_boundary(body: bytes, boundary: bytes) -> list[bytes]:
    mark = b"\n--" + boundary
    pieces = (b"\n" + body).split(mark, MAX_PARTS)
    kept = [pieces[0]]
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        line, _, rest = piece.partition(b"\n")
        if line.strip():  # a longer boundary that begins with this one
            kept[-1] += mark + piece
        else:
            kept.append(rest)
    return kept


def _split_header(message: bytes) -> tuple[bytes, bytes]:
    """Header block and body. A message that begins with neither a field nor a line of mbox has no headers."""
    if message[:1] == b"\n" or message[:2] == b"\r\n":
        return b"", message.lstrip(b"\r\n")
    if not _LOOKS_LIKE_FIELD.match(message):
        return b"", message
    end = _END_OF_HEADERS.search(message)
    return (message[: end.start()], message[end.end() :]) if end else (message, b"")


def _media_type(fields: HeaderFields) -> tuple[str, dict[str, str]]:
    value = fields.first("content-type")[:2048]
    kind = re.split(r"[;\s]", value.strip().lower(), maxsplit=1)[0]
    parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(";" + value)}
    return kind if re.fullmatch(r"[a-z]+/[\w.+-]+", kind) else "text/plain", parameters


def _decode_transfer_encoding(body: bytes, encoding: str) -> bytes:
    match encoding.split(";")[0].strip().lower():
        case "base64":
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            whole = letters[: len(letters) - (len(letters) % 4 == 1)]
            try:
                return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
            except binascii.Error:
                return body
        case "quoted-printable":
            return quopri.decodestring(body)
    return body


def _decode_text(data: bytes, charset: str) -> str:
    """In the charset it names if that is one, else UTF-8, ISO-2022-JP by its escapes, or bytes as Latin letters."""
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
