"""Decode bytes to text: by a byte order mark, as UTF-8, or as Windows-1252 if the result contains words."""

import codecs
import re

from stoppress.importing.errors import EmptyPageError, NotPlainTextError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its prefix
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY_STARTS = (b"\x89PNG", b"PK\x03\x04", b"%PDF-", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"\x7fELF", b"{\\rtf")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")

_REFUSAL = "This file is not plain text"


def decode_text(data: bytes) -> str:
    """Return the text of the bytes of a file.

    Raises:
        EmptyPageError: if there are no bytes.
        NotPlainTextError: if they are a picture, an archive, a document or other binary data.
    """
    if not data:
        raise EmptyPageError("The file is empty.")
    if data.startswith(_BINARY_STARTS):
        raise NotPlainTextError(f"{_REFUSAL}: it begins like a picture, an archive or a document.")
    text = _decode_by_mark(data)
    if text is None:
        text = _decode_utf8(data)
    if text is None:
        text = _decode_windows(data)
    if _is_binary(text):
        raise NotPlainTextError(f"{_REFUSAL}: it contains bytes that do not occur in text.")
    return text


def _decode_by_mark(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_strictly(
                data[len(mark) :], encoding, f"its byte order mark says {encoding}, but its bytes do not"
            )
    return None


def _decode_utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _decode_windows(data: bytes) -> str:
    """Decode as Windows-1252. It accepts almost any bytes, so the result must also contain words."""
    text = _decode_strictly(data, "cp1252", "it is neither UTF-8 nor Windows-1252")
    if not _WORDS.search(text) or len(_NON_ASCII.findall(text)) * 4 > len(text):
        raise NotPlainTextError(f"{_REFUSAL}: it is not UTF-8, and contains no words in Windows-1252.")
    return text


def _decode_strictly(data: bytes, encoding: str, fault: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotPlainTextError(f"{_REFUSAL}: {fault}.") from error


def _is_binary(text: str) -> bool:
    return "\0" in text or len(_CONTROL.findall(text)) * 100 > len(text)
