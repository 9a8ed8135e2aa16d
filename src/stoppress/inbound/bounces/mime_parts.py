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

MAX_BYTES = 1_048_576
MAX_PARTS = 40
MAX_DEPTH = 6
MAX_HEADER = 65_536
MAX_TEXT = 262_144
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
_UNSEEN = ("style", "script", "title")

ORIGINAL = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"})
STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
FEEDBACK = frozenset({"message/feedback-report"})


class Fields(tuple[tuple[str, str], ...]):
    """Header fields in their order, names in small letters, unfolded."""

    __slots__ = ()

    def first(self, name: str) -> str:
        """The first field of this name, or ""."""
        return next((value for key, value in self if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every field of this name."""
        return [value for key, value in self if key == name]


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf: its media type in small letters, and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A message taken apart."""

    fields: Fields
    parts: tuple[Part, ...]

    def of(self, kinds: frozenset[str]) -> list[str]:
        """The texts of all parts of these media types."""
        return [part.text for part in self.parts if part.kind in kinds]


def take_apart(message: bytes) -> Mail:
    """Never raises. What is beyond the limits is not seen."""
    head, body = _halves(message[:MAX_BYTES])
    fields = fields_in(_text(head, ""))
    parts: list[Part] = []
    _collect(fields, body, parts, 0)
    return Mail(fields, tuple(parts))


def fields_in(block: str) -> Fields:
    """Header fields out of text; lines that are none end nothing, they are skipped."""
    found: list[list[str]] = []
    for line in block[:MAX_HEADER].splitlines():
        if line[:1] in (" ", "\t"):
            if found and len(found[-1][1]) < 8192:
                found[-1][1] += " " + line.strip()
        elif match := _FIELD.match(line):
            found.append([match[1].lower(), line[match.end() :].strip()])
    return Fields((name, value) for name, value in found)


def words_of(value: str) -> str:
    """A field with its encoded words (RFC 2047) read."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:4096])
    except (HeaderParseError, ValueError):
        return value
    return "".join(_text(piece, label or "") if isinstance(piece, bytes) else piece for piece, label in pieces)


def text_of_html(markup: str) -> str:
    """What a reader would see of it, roughly."""
    for name in _UNSEEN:
        markup = _without(markup, name)
    seen = _TAG.sub("", _BREAK.sub("\n", markup))
    return html.unescape(seen).replace("\xa0", " ")


def _without(markup: str, element: str) -> str:
    """The markup without these elements and what they hold; one that is not closed goes to the end."""
    kept = []
    small = markup.lower()
    at = 0
    while (start := small.find(f"<{element}", at)) >= 0:
        kept.append(markup[at:start])
        end = small.find(f"</{element}", start)
        at = end + len(element) + 2 if end >= 0 else len(markup)
    return "".join([*kept, markup[at:]])


def _collect(fields: Fields, body: bytes, parts: list[Part], depth: int) -> None:
    kind, parameters = _media_type(fields)
    boundary = parameters.get("boundary", "")
    if kind.startswith("multipart/") or (depth == 0 and kind.startswith("text/plain")):
        pieces = _pieces(body, boundary, 16_384 if boundary or depth else 256)
        if len(pieces) > 1 and depth < MAX_DEPTH:
            for piece in pieces[1:]:
                head, content = _halves(piece)
                if len(parts) < MAX_PARTS:
                    _collect(fields_in(_text(head, "")), content, parts, depth + 1)
            if pieces[0].strip() and len(parts) < MAX_PARTS:
                parts.append(Part("text/preamble", _text(pieces[0], "")))
            return
        kind = "text/plain"
    if kind.startswith(("text/", "message/")):
        content = _unwrapped(body, fields.first("content-transfer-encoding"))
        text = _text(content, parameters.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")
        parts.append(Part(kind, text[:MAX_TEXT]))


def _pieces(body: bytes, boundary: str, within: int) -> list[bytes]:
    """The body split at its boundary; where that is missing or wrong, at what looks like one in so many first bytes."""
    if boundary:
        pieces = _split(body, boundary.encode("latin-1", "replace"))
        if len(pieces) > 1:
            return pieces
    found = _MIME_IN_BODY.search(body, 0, within)
    return _split(body, found[1]) if found else [body]


def _split(body: bytes, boundary: bytes) -> list[bytes]:
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


def _halves(message: bytes) -> tuple[bytes, bytes]:
    """Header block and body. A message that begins with neither a field nor a line of mbox has no headers."""
    if message[:1] == b"\n" or message[:2] == b"\r\n":
        return b"", message.lstrip(b"\r\n")
    if not _LOOKS_LIKE_FIELD.match(message):
        return b"", message
    end = _END_OF_HEADERS.search(message)
    return (message[: end.start()], message[end.end() :]) if end else (message, b"")


def _media_type(fields: Fields) -> tuple[str, dict[str, str]]:
    value = fields.first("content-type")[:2048]
    kind = re.split(r"[;\s]", value.strip().lower(), maxsplit=1)[0]
    parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(";" + value)}
    return kind if re.fullmatch(r"[a-z]+/[\w.+-]+", kind) else "text/plain", parameters


def _unwrapped(body: bytes, encoding: str) -> bytes:
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


def _text(data: bytes, charset: str) -> str:
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
