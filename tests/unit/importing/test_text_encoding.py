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
    assert decode_text(data).text == WORDS


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"%PDF-1.7\n",
        b"plain words and then a NUL \x00",
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
    assert decode_text(codecs.BOM_UTF8).text == ""


RIVER = {
    "cp1250": "Řeka u Orrinu\n\n20:45\n\nHráz je zavřená, řekla starostka. Žádný člun nechybí a déšť ustává.\n",
    "iso8859_2": "Řeka u Orrinu\n\n20:45\n\nHráz je zavřená, řekla starostka. Žádný člun nechybí a déšť ustává.\n",
    "koi8_r": "Река у Оррина\n\n20:45\n\nДамба закрыта, сказала мэр города. Все лодки на месте, дождь слабеет.\n",
    "cp1251": "Река у Оррина\n\n20:45\n\nДамба закрыта, сказала мэр города. Все лодки на месте, дождь слабеет.\n",
    "cp932": "川の速報\n\n20:45\n\n市長は、堤防を閉鎖したと述べた。船はすべて無事だ。\n",
    "utf_16_le": "River at Orrin\n\n20:45\n\nThe dam is shut, the mayor said.\n",
}


@pytest.mark.parametrize(("encoding", "text"), RIVER.items())
def test_decode_text_names_the_encoding_that_it_guessed(encoding: str, text: str) -> None:
    names = {"cp1250": "Windows-1250", "iso8859_2": "ISO 8859-2", "koi8_r": "KOI8-R", "cp1251": "Windows-1251"}
    names |= {"cp932": "Shift_JIS", "utf_16_le": "UTF-16"}
    decoded = decode_text(text.encode(encoding))
    assert decoded.text == text
    assert decoded.warning and f"read as {names[encoding]}, which is a guess" in decoded.warning


def test_decode_text_refuses_utf8_with_a_wrong_byte_and_names_the_line() -> None:
    data = "The dam – shut\n\n20:45\n\nThe café is open.\n".encode() + b"Two boats \xff are out.\n"
    with pytest.raises(NotPlainTextError, match="wrong byte on line 6"):
        decode_text(data)


def test_decode_text_does_not_warn_when_the_file_is_utf8() -> None:
    assert decode_text(WORDS.encode()).warning is None


@pytest.mark.parametrize(("start", "name"), [(b"\n%PDF-1.7\n", "a PDF document"), (b"{\\rtf1 x", "an RTF document")])
def test_decode_text_names_the_format_of_other_files(start: bytes, name: str) -> None:
    with pytest.raises(NotPlainTextError, match=name):
        decode_text(start)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (
            "cp1256",
            "النهر عند الميناء القديم\n\n20:45\n\nأغلق السد، قالت رئيسة البلدية. كل القوارب في مكانها والمطر يخف.\n",
        ),
        ("cp1253", "Το ποτάμι στο λιμάνι\n\n20:45\n\nΤο φράγμα έκλεισε, είπε η δήμαρχος. Όλα τα σκάφη είναι εδώ.\n"),
        (
            "cp1255",
            "הנהר ליד הנמל הישן\n\n20:45\n\nהסכר נסגר, אמרה ראשת העיר. כל הסירות במקומן והגשם נחלש.\n\n21:10\n\n"
            "תושבי הרחוב התבקשו לעבור אל בית הספר שעל הגבעה. המעבורת לא תפליג הערב, והתחנה פתוחה עד חצות.\n",
        ),
        ("cp874", "แม่น้ำที่ท่าเรือเก่า\n\n20:45\n\nนายกเทศมนตรีกล่าวว่าประตูกั้นน้ำปิดแล้ว เรือทุกลำปลอดภัย ฝนเบาลงแล้ว\n"),
        (
            "cp932",
            "港の近くの川\n\n20:45\n\n堤防は閉じられた、と市長は述べた。すべての船は無事で、雨は弱まっている。\n",
        ),
    ],
)
def test_decode_text_reads_files_of_other_scripts(encoding: str, text: str) -> None:
    assert decode_text(text.encode(encoding)).text == text
