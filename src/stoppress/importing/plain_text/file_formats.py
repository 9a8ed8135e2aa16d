"""Recognise files and texts in other formats, so that the error names the format."""

import json
import re

from stoppress.importing.errors import NotPlainTextError

_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"), (b"GIF8", "a GIF picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"RIFF", "a picture, sound or video (RIFF)"), (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"%PDF-", "a PDF document"), (b"\x1f\x8b", "a gzip archive"), (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"), (b"\xd0\xcf\x11\xe0", "an old office document"), (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"), (b"7z\xbc\xaf", "a 7z archive"), (b"OggS", "an Ogg sound or video"),
    (b"ID3", "an MP3 sound"), (b"SQLite format 3", "a SQLite database"),
)  # fmt: skip
_MARKUP = re.compile(
    r"(?:<!--.*?-->\s*)*(?P<tag><!doctype html|<html|<head|<body|<\?xml|<rss|<feed"
    r"|<(?:div|p|article|section|main|ul|span|h[1-6]|table|script|style|meta|link|header)\b[^<>]*>)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(
    r"</?(?:div|p|article|section|main|ul|li|span|h[1-6]|table|t[rdh]|a|br|img|time|figure)\b[^<>\n]*>", re.I
)
_MAIL = re.compile(r"(?:from|mime-version|content-type|subject|date|snapshot-content-location): \S", re.IGNORECASE)
_MAX_CHECKED = 20_000
_REFUSAL = "This is {format}, not plain text: that format is not read here. Copy the text of the page instead."


def refuse_other_bytes(data: bytes) -> None:
    """Raise NotPlainTextError if a file begins like a picture, an archive or a document."""
    start = data[:1024].lstrip()
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            raise NotPlainTextError(f"This file is not plain text: it is {name}.")


def refuse_other_format(text: str) -> None:
    """Raise NotPlainTextError if a text is HTML, XML, JSON or a saved web page."""
    name = _name_format(text[:_MAX_CHECKED].lstrip("\ufeff \t\r\n\x0b\x0c"), text)
    if name:
        raise NotPlainTextError(_REFUSAL.format(format=name))


def _name_format(start: str, text: str) -> str | None:
    if match := _MARKUP.match(start):
        return "XML" if match["tag"].lower() in ("<?xml", "<rss", "<feed") else "HTML"
    if start[:1] in "{[" and _is_json(start, text):
        return "JSON-LD" if '"@context"' in start or '"@type"' in start else "JSON"
    first = [line for line in start.splitlines()[:12] if line.strip()]
    if first and _MAIL.match(first[0]) and sum(map(bool, map(_MAIL.match, first))) >= 2:
        return "MHTML" if "multipart/related" in start or "Snapshot-Content" in start else "a mail message"
    tags = len(_TAG.findall(start))
    return "HTML" if tags >= 4 and tags * 40 > len(start.split()) else None


def _is_json(start: str, text: str) -> bool:
    if re.match(r'[{\[]\s*(?:"|\{|\[)', start) is None:
        return False
    if re.match(r'\{\s*"[^"\n]*"\s*:', start) or re.match(r'\[\s*\{\s*"[^"\n]*"\s*:', start):
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
