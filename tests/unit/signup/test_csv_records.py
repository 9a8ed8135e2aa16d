"""CSV as other systems and people write it: encodings, delimiters, broken quotation marks, huge fields."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.runtime.formula_escaping import escape_formula, unescape_formula
from stoppress.signup.lists.csv_records import MALFORMED_REASON, MAX_LINE_BYTES, CsvRecord, MalformedLine, read_records


def read(data: bytes) -> list[CsvRecord | MalformedLine]:
    return list(read_records(io.BytesIO(data)))


def fields(data: bytes) -> list[list[str]]:
    return [record.fields for record in read(data) if isinstance(record, CsvRecord)]


@pytest.mark.parametrize(
    "data",
    [
        "email,name\r\nmåri@example.com,Åse\r\n".encode(),
        b"\xef\xbb\xbf" + "email,name\nmåri@example.com,Åse".encode(),
        "email;name\nmåri@example.com;Åse\n".encode("latin-1"),
        "email\tname\nmåri@example.com\tÅse\n".encode("cp1252"),
        "email\tname\r\nmåri@example.com\tÅse\r\n".encode("utf-16"),
        "email,name\n\n\nmåri@example.com,Åse\n\n".encode(),
    ],
)
def test_records_are_read_in_any_encoding_and_delimiter(data: bytes) -> None:
    assert fields(data) == [["email", "name"], ["måri@example.com", "Åse"]]


def test_records_are_read_when_lines_differ_in_encoding() -> None:
    assert fields("Åse,x\n".encode() + "Åse,y\n".encode("latin-1")) == [["Åse", "x"], ["Åse", "y"]]


def test_field_may_span_several_lines() -> None:
    found = read(b'a,b\n"one\n""two""\nthree",x\nlast,y\n')
    assert found[1:] == [CsvRecord(2, ['one\n"two"\nthree', "x"]), CsvRecord(3, ["last", "y"])]


def test_unclosed_quotation_mark_spoils_only_its_line() -> None:
    found = read(b'a,b\n"open,x\n' + b"good,y\n" * 1000)
    assert found[1] == MalformedLine(2, MALFORMED_REASON)
    assert len(found) == 1002 and all(isinstance(one, CsvRecord) for one in found[2:])


def test_quotation_mark_inside_a_word_is_kept() -> None:
    assert fields(b'a,b\nO"Hara,x\n"Jo" Hara,y\n') == [["a", "b"], ['O"Hara', "x"], ["Jo Hara", "y"]]


def test_too_long_line_is_malformed_and_the_rest_is_read() -> None:
    found = read(b"a,b\n" + b"x" * (MAX_LINE_BYTES * 2) + b"\nnext,y\n" + b"z" * 200_000 + b",q\nlast,z\n")
    assert [type(one) for one in found] == [CsvRecord, MalformedLine, CsvRecord, MalformedLine, CsvRecord]
    assert found[-1] == CsvRecord(5, ["last", "z"])


def test_zero_bytes_and_binary_data_are_read() -> None:
    assert len(read(bytes(range(256)) * 50)) > 0
    assert fields(b"a,b\nx\x00y,z\nlast,w\n")[-1] == ["last", "w"]


@given(st.binary(max_size=400))
def test_reader_never_raises(data: bytes) -> None:
    read(b"a,b\n" + data)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
ROW = st.lists(CELL, min_size=2, max_size=4).filter(lambda row: any(cell.strip() for cell in row))


@given(st.lists(ROW, max_size=8))
def test_records_written_by_python_are_read_back(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([["a", "b,", "c"], *rows])
    assert fields(file.getvalue().encode())[1:] == rows


@given(st.text())
def test_formula_is_escaped_and_unescaped(cell: str) -> None:
    assert unescape_formula(escape_formula(cell)) == cell
    assert not escape_formula(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
