"""From the bytes of a CSV file to its records (RFC 4180), whatever is wrong with some of them.

Lines are UTF-8, or Windows-1252 where they cannot be that; a file that begins with a UTF-16 mark is read as such. The
delimiter is taken from the first line. A quotation mark that is never closed costs its own line and no other.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

MAX_LINE_BYTES = 256 * 1024
"""Bytes."""
MAX_RECORD_CHARACTERS = 128 * 1024
"""Characters of a record that goes over several lines."""
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
    """The records of a file, read once from front to back. Lines without anything are counted and left out."""
    return parse_lines(_lines(_utf8(file)))


def parse_lines(lines: Iterable[str | None]) -> Iterator[CsvRecord | MalformedLine]:
    """The records of lines; None stands for one that was too long to be kept."""
    waiting, source, delimiter, row = deque[str | None](), iter(lines), "", 0
    while (line := waiting.popleft() if waiting else next(source, "")) != "":
        row += 1
        if line is None:
            yield MalformedLine(row, "the line is too long")
            continue
        delimiter = delimiter or _delimiter(line)
        fields = _fields(line, delimiter)
        if fields is None:
            fields = _over_several_lines(line, delimiter, waiting, source)
        if fields is None:
            yield MalformedLine(row, MALFORMED_REASON)
        elif any(field.strip() for field in fields):
            yield CsvRecord(row, fields)


def _over_several_lines(
    line: str, delimiter: str, waiting: deque[str | None], source: Iterator[str | None]
) -> list[str] | None:
    """The record that begins with `line`; if it never ends, None, and what was read for it goes back to wait."""
    taken: list[str | None] = []
    text = line
    while len(taken) < MAX_LINES_PER_RECORD and len(text) <= MAX_RECORD_CHARACTERS:
        following = waiting.popleft() if waiting else next(source, "")
        if following == "":
            break
        taken.append(following)
        if following is None:
            break
        text += following
        if '"' in following and (fields := _fields(text, delimiter)) is not None:
            return fields
    waiting.extendleft(reversed(taken))
    return None


def _fields(text: str, delimiter: str) -> list[str] | None:
    """The fields of a record; None if it ends inside of a quoted one."""
    lines = [f"{line}\n" for line in text.removesuffix("\n").split("\n")]
    try:
        if text.count('"') % 2 == 0:
            return next(csv.reader(lines, delimiter=delimiter))
        return next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error) or "field limit" in str(error):
            return None
    return _leniently(lines, delimiter)


def _leniently(lines: Iterable[str], delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return None


def _delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def _lines(file: BinaryIO) -> Iterator[str | None]:
    first = True
    while line := file.readline(MAX_LINE_BYTES):
        if first:
            line, first = line.removeprefix(codecs.BOM_UTF8), False
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield None
            continue
        yield _decoded(line) or "\n"


def _decoded(line: bytes) -> str:
    try:
        return line.replace(b"\0", b"").decode()
    except UnicodeDecodeError:
        return line.replace(b"\0", b"").decode("cp1252", "replace")


def _utf8(file: BinaryIO) -> BinaryIO:
    """`file`, or what it says in UTF-8 if it begins with a mark of UTF-16."""
    whole = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    if not whole.peek(2).startswith(UTF16_BOMS):
        return whole
    text = io.TextIOWrapper(whole, encoding="utf-16", errors="replace", newline="\n")
    return io.BufferedReader(cast(io.RawIOBase, _Encoded(text)))


class _Encoded(io.RawIOBase):
    """Text as UTF-8 bytes."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self._rest = text, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # all that BufferedReader passes
        if not self._rest:
            self._rest = self._text.read(64 * 1024).encode("utf-8", "replace")
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
