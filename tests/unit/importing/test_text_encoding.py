"""Bytes are decoded to text, or refused with a message that a person understands."""

import codecs

import pytest

from stoppress.importing.errors import EmptyPageError, NotPlainTextError
from stoppress.importing.plain_text import decode_text

WORDS = "Storm Maren – “live”: Åsa Ödegård reports"


@pytest.mark.parametrize(
    "data",
    [
        WORDS.encode(),
        codecs.BOM_UTF8 + WORDS.encode(),
        codecs.BOM_UTF16_LE + WORDS.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + WORDS.encode("utf-32-le"),
        WORDS.encode("cp1252"),
    ],
)
def test_decode_text_accepts_the_usual_encodings(data: bytes) -> None:
    assert decode_text(data) == WORDS


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"%PDF-1.7\n",
        b"plain words and then a NUL \x00",
        b"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65",
        bytes(range(256)),
        b"\xff\xfe\x00",
        b"\x01\x02\x03\x04",
    ],
)
def test_decode_text_refuses_binary_data(data: bytes) -> None:
    with pytest.raises(NotPlainTextError, match="not plain text"):
        decode_text(data)


def test_decode_text_refuses_an_empty_file() -> None:
    with pytest.raises(EmptyPageError):
        decode_text(b"")


def test_decode_text_returns_empty_text_for_a_byte_order_mark_alone() -> None:
    assert decode_text(codecs.BOM_UTF8) == ""
