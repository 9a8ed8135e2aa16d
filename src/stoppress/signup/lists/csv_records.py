"""Read the records of a CSV file (RFC 4180), whatever is wrong with some of its lines.

Lines are UTF-8, or Windows-1252 if they are not valid UTF-8. A file that begins with a UTF-16 byte order mark is read
as UTF-16. The delimiter follows from the first line. A quotation mark that is never closed spoils only its own line.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

MAX_LINE_BYTES = 256 * 1024
MAX_RECORD_CHARACTERS = 128 * 1024
"""Limit for a record of several lines."""
MAX_LINES_PER_RECORD = 200
UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = ",;\t"
MALFORMED_REASON = "broken quotation marks or line ends, or a field too long"


@dataclass(frozen=True)
class CsvRecord:
    """One record; `row` counts from 1, as a spreadsheet does."""

    row: int
    fields: list[str]


@dataclass(frozen=True)
class MalformedLine:
    """A line that is no record."""

    row: int
    reason: str


def read_records(file: BinaryIO) -> Iterator[CsvRecord | MalformedLine]:
    """Return the records of a file, read once from front to back. Empty lines are counted and skipped."""
    return parse_lines(_read_lines(_as_utf8(file)))


def parse_lines(lines: Iterable[str | None]) -> Iterator[CsvRecord | MalformedLine]:
    """Return the records in `lines`; None stands for a line that was too long to keep."""
    waiting, source, delimiter, row = deque[str | None](), iter(lines), "", 0
    while (line := waiting.popleft() if waiting else next(source, "")) != "":
        row += 1
        if line is None:
            yield MalformedLine(row, "the line is too long")
            continue
        delimiter = delimiter or max(DELIMITERS, key=line.count)
        fields = _parse_fields(line, delimiter)
        if fields is None:
            fields = _parse_several_lines(line, delimiter, waiting, source)
        if fields is None:
            yield MalformedLine(row, MALFORMED_REASON)
        elif any(field.strip() for field in fields):
            yield CsvRecord(row, fields)


def _parse_several_lines(
    line: str, delimiter: str, waiting: deque[str | None], source: Iterator[str | None]
) -> list[str] | None:
    """Return the record that begins with `line`. If it never ends, return None and put the lines read back."""
    consumed: list[str | None] = []
    text = line
    while len(consumed) < MAX_LINES_PER_RECORD and len(text) <= MAX_RECORD_CHARACTERS:
        following = waiting.popleft() if waiting else next(source, "")
        if following == "":
            break
        consumed.append(following)
        if following is None:
            break
        text += following
        if '"' in following and (fields := _parse_fields(text, delimiter)) is not None:
            return fields
    waiting.extendleft(reversed(consumed))
    return None


def _parse_fields(text: str, delimiter: str) -> list[str] | None:
    """Return the fields of a record; None if it ends inside a quoted field."""
    lines = [f"{line}\n" for line in text.removesuffix("\n").split("\n")]
    try:
        if text.count('"') % 2 == 0:
            return next(csv.reader(lines, delimiter=delimiter))
        return next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error) or "field limit" in str(error):
            return None
    return _parse_leniently(lines, delimiter)


def _parse_leniently(lines: Iterable[str], delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return None


def _read_lines(file: BinaryIO) -> Iterator[str | None]:
    """Return the decoded lines; None for each one that is too long."""
    is_first = True
    while line := file.readline(MAX_LINE_BYTES):
        if is_first:
            line, is_first = line.removeprefix(codecs.BOM_UTF8), False
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield None
            continue
        yield _decode(line) or "\n"


def _decode(line: bytes) -> str:
    try:
        return line.replace(b"\0", b"").decode()
    except UnicodeDecodeError:
        return line.replace(b"\0", b"").decode("cp1252", "replace")


def _as_utf8(file: BinaryIO) -> BinaryIO:
    """Return `file`, recoded to UTF-8 if it begins with a UTF-16 byte order mark."""
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    if not buffered.peek(2).startswith(UTF16_BOMS):
        return buffered
    text = io.TextIOWrapper(buffered, encoding="utf-16", errors="replace", newline="\n")
    return io.BufferedReader(cast(io.RawIOBase, _Utf8Stream(text)))


class _Utf8Stream(io.RawIOBase):
    """A text stream as a stream of UTF-8 bytes."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self._rest = text, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # all that BufferedReader passes
        if not self._rest:
            self._rest = self._text.read(64 * 1024).encode("utf-8", "replace")
        chunk = self._rest[: len(buffer)]
        buffer[: len(chunk)] = chunk
        self._rest = self._rest[len(chunk) :]
        return len(chunk)
