"""Bytes to text: UTF-8, what a byte order mark announces, or Windows-1252 where it reads as words."""

import codecs
import re

from stoppress.importing.errors import EmptyPageError, NotPlainTextError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY_STARTS = (b"\x89PNG", b"PK\x03\x04", b"%PDF-", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"\x7fELF", b"{\\rtf")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_FOREIGN = re.compile(r"[^\x00-\x7f]")

_REFUSAL = "This file is not plain text"


def decode_text(data: bytes) -> str:
    """Return the text of a file's bytes. Raises EmptyPageError for none, NotPlainTextError for a picture, an archive and the like."""
    if not data:
        raise EmptyPageError("The file is empty.")
    if data.startswith(_BINARY_STARTS):
        raise NotPlainTextError(f"{_REFUSAL}: it begins like a picture, an archive or a document.")
    text = _by_mark(data)
    if text is None:
        text = _by_utf8(data)
    if text is None:
        text = _by_windows(data)
    if _is_binary(text):
        raise NotPlainTextError(f"{_REFUSAL}: it holds bytes that no text has.")
    return text


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding, f"its byte order mark says {encoding}, but its bytes do not")
    return None


def _by_utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _by_windows(data: bytes) -> str:
    """Read as Windows-1252, which accepts almost any bytes: so the result must also look like words."""
    text = _strict(data, "cp1252", "it is neither UTF-8 nor Windows-1252")
    if not _WORDS.search(text) or len(_FOREIGN.findall(text)) * 4 > len(text):
        raise NotPlainTextError(f"{_REFUSAL}: it is not UTF-8, and does not read as words in Windows-1252.")
    return text


def _strict(data: bytes, encoding: str, fault: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotPlainTextError(f"{_REFUSAL}: {fault}.") from error


def _is_binary(text: str) -> bool:
    return "\0" in text or len(_UNSEEN.findall(text)) * 100 > len(text)
