"""Decode bytes to text: by a byte order mark, as UTF-8, or in a detected encoding with a warning that names it."""

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes
from charset_normalizer.models import CharsetMatch

from stoppress.importing.errors import EmptyPageError, NotPlainTextError
from stoppress.importing.plain_text.file_formats import refuse_other_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its prefix
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENCODINGS = (
    *("cp1252", "cp1250", "iso8859_2", "cp1251", "koi8_r", "iso8859_5", "cp1253", "cp1254", "cp1257", "cp1255"),
    *("cp1256", "cp874", "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "utf_16_le", "utf_16_be"),
)
"""Encodings of files that are not UTF-8, the more usual first; it decides between equally good guesses."""
_NAMES = {
    "cp932": "Shift_JIS", "koi8_r": "KOI8-R", "euc_jp": "EUC-JP", "euc_kr": "EUC-KR", "gb18030": "GB18030",
    "big5": "Big5", "utf_16_le": "UTF-16", "utf_16_be": "UTF-16", "iso8859_2": "ISO 8859-2", "iso8859_5": "ISO 8859-5",
}  # fmt: skip
_MAX_SAMPLE_BYTES = 64 * 1024
_MAX_CHAOS = 0.12
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_SIGN_IN_WORD = re.compile(r"[^\W\d_](?:[¡-º¼-¿×÷˝˛˘¸\u0e4e-\u0e5b]|»(?=[^\W\d_]))")
"""Signs that follow no letter in text; in Windows-874, Thai digits and rare signs have the bytes of Hebrew letters."""
_REFUSAL = "This file is not plain text"


class DecodedText(NamedTuple):
    """The text of a file, and a warning if its encoding is a guess."""

    text: str
    warning: str | None = None


def decode_text(data: bytes) -> DecodedText:
    """Return the text of the bytes of a file.

    Raises:
        EmptyPageError: if there are no bytes.
        NotPlainTextError: if they are a picture, an archive, a document or other binary data, or damaged UTF-8.
    """
    if not data:
        raise EmptyPageError("The file is empty.")
    refuse_other_bytes(data)
    decoded = _decode_by_mark(data) or _decode_utf8(data) or _guess(data)
    if _is_binary(decoded.text):
        raise NotPlainTextError(f"{_REFUSAL}: it contains bytes that do not occur in text.")
    return decoded


def _decode_by_mark(data: bytes) -> DecodedText | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return DecodedText(data[len(mark) :].decode(encoding))
            except UnicodeDecodeError as error:
                fault = f"its byte order mark says {encoding}, but its bytes do not"
                raise NotPlainTextError(f"{_REFUSAL}: {fault}.") from error
    return None


def _decode_utf8(data: bytes) -> DecodedText | None:
    """Return the text, or None if it is not UTF-8; refuse UTF-8 with a few wrong bytes, which no encoding mends."""
    if b"\0" in data:
        return None
    try:
        return DecodedText(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "surrogateescape")
        wrong = sum("\udc80" <= character <= "\udcff" for character in text)
        right = sum(character > "\x7f" for character in text) - wrong
        if right >= 2 * wrong:
            line = data[: error.start].count(b"\n") + 1
            raise NotPlainTextError(
                f"{_REFUSAL}: it is UTF-8 with a wrong byte on line {line} ({data[error.start]:#04x}); "
                "save it again as UTF-8."
            ) from error
        return None


def _guess(data: bytes) -> DecodedText:
    """Decode in the encoding that fits best."""
    possible = [name for name in _ENCODINGS if name.startswith("utf_16") == (b"\0" in data)]
    matches = [match for match in from_bytes(data[:_MAX_SAMPLE_BYTES], cp_isolation=possible) if _fits(match)]
    options = {name for match in matches for name in [match.encoding, *match.could_be_from_charset]} & set(possible)
    if options:
        quality = {match.encoding: match for match in matches}
        for match in matches:
            quality |= dict.fromkeys(match.could_be_from_charset, match)
        order = sorted(options, key=lambda name: (*_rank(quality[name]), _ENCODINGS.index(name)))
        for encoding in order:
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return DecodedText(text, _warn(encoding))
    raise NotPlainTextError(f"{_REFUSAL}: it is not UTF-8, and in no other encoding does it contain words.")


def _fits(match: CharsetMatch) -> bool:
    text = str(match)
    return match.chaos <= _MAX_CHAOS and _WORDS.search(text) is not None and not _is_binary(text)


def _rank(match: CharsetMatch) -> tuple[float, float]:
    text = str(match)
    disturbed = len(_SIGN_IN_WORD.findall(text)) / max(1, len(_WORDS.findall(text)))
    return round(match.chaos + disturbed, 2), -round(match.coherence, 1)


def _warn(encoding: str) -> str:
    name = _NAMES.get(encoding) or f"Windows-{encoding.removeprefix('cp')}"
    return f"The file is not UTF-8. It was read as {name}, which is a guess: check letters with accents."


def _is_binary(text: str) -> bool:
    return "\0" in text or len(_CONTROL.findall(text)) * 100 > len(text)
