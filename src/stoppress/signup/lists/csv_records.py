"""Read the records of a CSV file (RFC 4180), whatever is wrong with some of its lines.

Lines are UTF-8, or Windows-1252 if they are not valid UTF-8. A file that begins with a UTF-16 byte order mark is read
as UTF-16; so is one with a zero byte beside each letter. Lines end with LF, CRLF or CR. The delimiter is named by a
line `sep=;`, as Excel writes it, or follows from the first lines. A quotation mark that is never closed spoils only its
own line.
"""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, cast

MAX_LINE_BYTES = 256 * 1024
MAX_RECORD_CHARACTERS = 128 * 1024
"""Limit for a record of several lines."""
MAX_LINES_PER_RECORD = 200
PEEK_BYTES = 4096
UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = ",;\t|"
LINES_TO_JUDGE = 20
"""Lines from which the delimiter is found."""
SEP_LINE = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
QUOTED = re.compile(r'"(?:[^"]|"")*"')
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
    source = iter(lines)
    waiting = deque[str | None](islice(source, LINES_TO_JUDGE))
    row, delimiter = 0, find_delimiter(waiting)
    if waiting and waiting[0] and SEP_LINE.fullmatch(waiting[0]):
        waiting.popleft()
        row = 1
    while (line := waiting.popleft() if waiting else next(source, "")) != "":
        row += 1
        if line is None:
            yield MalformedLine(row, "the line is too long")
            continue
        fields = _parse_fields(line, delimiter)
        if fields is None:
            fields = _parse_several_lines(line, delimiter, waiting, source)
        if fields is None:
            yield MalformedLine(row, MALFORMED_REASON)
        elif any(field.strip() for field in fields):
            yield CsvRecord(row, fields)


def find_delimiter(lines: Iterable[str | None]) -> str:
    """Return the delimiter of a list: that of a line `sep=`, else the one that most lines have, outside of quotes."""
    texts = [line for line in lines if line and line.strip()]
    if texts and (named := SEP_LINE.fullmatch(texts[0])):
        return named[1]
    plain = QUOTED.sub("", "".join(texts)).splitlines()

    def score(delimiter: str) -> tuple[int, int]:
        counts = Counter(count for text in plain if (count := text.count(delimiter)))
        return counts.total(), max(counts.values(), default=0)

    return max(DELIMITERS, key=score)


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
    """Return `file`, recoded if it is UTF-16 or ends its lines with CR alone."""
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    start = buffered.peek(PEEK_BYTES)[:PEEK_BYTES]
    if encoding := _utf16_encoding(start):
        return _recode(buffered, encoding, "utf-8")
    if b"\r" in start and b"\n" not in start:
        return _recode(buffered, "latin-1", "latin-1")  # every byte as it is, but for the line ends
    return buffered


def _utf16_encoding(start: bytes) -> str:
    """Return the encoding if a file begins like UTF-16, else an empty string."""
    if start.startswith(UTF16_BOMS):
        return "utf-16"
    zeros = [start[at::2].count(0) * 4 > len(start) for at in (1, 0)]
    return "utf-16-le" if zeros[0] else "utf-16-be" if zeros[1] else ""


def _recode(file: io.BufferedReader, encoding: str, target: str) -> BinaryIO:
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
    return io.BufferedReader(cast(io.RawIOBase, _RecodedStream(text, target)))


class _RecodedStream(io.RawIOBase):
    """A text stream as a stream of bytes."""

    def __init__(self, text: io.TextIOWrapper, encoding: str) -> None:
        self._text, self._encoding, self._rest = text, encoding, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # all that BufferedReader passes
        if not self._rest:
            self._rest = self._text.read(64 * 1024).encode(self._encoding, "replace")
        chunk = self._rest[: len(buffer)]
        buffer[: len(chunk)] = chunk
        self._rest = self._rest[len(chunk) :]
        return len(chunk)
