"""Kept mail is parsed, whatever the files contain."""

import pytest

from stoppress.delivery.kept_mail import find_kept_mail, list_kept_mail, parse_kept_mail

GOOD = (
    b"Return-Path: <bounce+1@halden.test>\r\nDelivered-To: mari@example.com\r\nFrom: Courier <a@halden.test>\r\n"
    b"To: <mari@example.com>\r\nSubject: =?utf-8?q?Storm_=E2=80=94_now?=\r\nDate: Sun, 08 Mar 2026 20:04:00 +0000\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlain\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n<p>=C3=A9</p>\r\n"
    b"--b--\r\n"
)


def test_message_is_parsed_with_all_its_parts():
    mail = parse_kept_mail("x.eml", GOOD)
    assert (mail.subject, mail.to, mail.sender) == ("Storm — now", "mari@example.com", "Courier <a@halden.test>")
    assert (mail.text.strip(), mail.html.strip()) == ("Plain", "<p>é</p>")
    assert mail.date is not None and mail.date.year == 2026
    assert ("Return-Path", "<bounce+1@halden.test>") in mail.headers


def test_addresses_in_utf8_are_decoded():
    mail = parse_kept_mail("x.eml", GOOD.replace(b"mari@example.com", "пошта@приклад.укр".encode()))
    assert mail.to == "пошта@приклад.укр" and ("To", "пошта@приклад.укр") in mail.headers
    assert parse_kept_mail("x.eml", GOOD.replace(b"mari@", b"m\xe5rten@")).subject == "Storm — now"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0\xff\xfe" * 100,
        b"no header at all",
        b"Subject: =?utf-8?B?!!!?=\r\nDate: yesterday\r\nContent-Type: text/html; charset=nope\r\n\r\n\xff",
        b"To: =?x?\r\nContent-Type: multipart/alternative; boundary=\r\n\r\n--",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
        GOOD[:200],
    ],
)
def test_parsing_never_raises_when_the_file_is_garbage(garbage):
    parse_kept_mail("x.eml", garbage)


def test_list_is_newest_first_without_unfinished_files(tmp_path):
    for name in ("20260308T200400.1Z-1.eml", "20260308T200500.1Z-2.eml", ".hidden.eml.part", "notes.txt"):
        (tmp_path / name).write_bytes(GOOD)
    assert [mail.name for mail in list_kept_mail(tmp_path)] == ["20260308T200500.1Z-2.eml", "20260308T200400.1Z-1.eml"]
    assert len(list_kept_mail(tmp_path, limit=1)) == 1
    assert list_kept_mail(tmp_path / "missing") == []


@pytest.mark.parametrize("name", ["../x.eml", "/etc/passwd", "a/b.eml", "", ".eml", "x\0.eml", "gone.eml"])
def test_find_returns_none_when_the_name_leads_out_of_the_folder(tmp_path, name):
    assert find_kept_mail(tmp_path, name) is None
