"""Signatures on mail: they verify, and fail when a signed part of the message is changed."""

import re
from argparse import Namespace
from base64 import b64decode, b64encode
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from stoppress.delivery.message.dkim import SigningKey, make_signer, relaxed_body, relaxed_fields, sign_message
from stoppress.delivery.message.dkim_keys import dns_record, load_configured_keys, load_configured_signer, read_key
from stoppress.delivery.message.dkim_selectors import parse_dkim_keys
from stoppress.service.cli.commands import dkim
from stoppress.service.errors import CommandError
from tests.factories.alert_messages import fill_message
from tests.support.dkim_verifier import verify_signatures

RSA = SigningKey("rsa1", "halden.test", generate_private_key(65537, 2048))
ED = SigningKey("ed1", "halden.test", Ed25519PrivateKey.generate())
RECORDS = dict(map(dns_record, (RSA, ED)))
MESSAGE = fill_message()

#: RFC 8463, appendix A.
VECTOR_KEY = b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
VECTOR_PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
VECTOR_TOP = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
"""
VECTOR_MAIL = b"""From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
TEXT = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"=", b"."])).map(b"".join)


def crlf(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


class TestRfc8463Example:
    def test_verifier_accepts_the_example_of_the_rfc(self) -> None:
        (tags,) = verify_signatures(crlf(VECTOR_TOP + VECTOR_MAIL), lambda _: f"v=DKIM1; k=ed25519; p={VECTOR_PUBLIC}")
        assert tags["s"] == "brisbane"

    def test_signer_reproduces_the_signature_of_the_rfc(self) -> None:
        header, body = crlf(VECTOR_MAIL).split(b"\r\n\r\n")[0], crlf(VECTOR_MAIL).partition(b"\r\n\r\n")[2]
        assert b64encode(sha256(relaxed_body(body)).digest()) in VECTOR_TOP
        lines = dict(relaxed_fields(header + b"\r\n"))
        ((_, own),) = relaxed_fields(crlf(VECTOR_TOP.partition(b"/gCr")[0]))
        names = (b"from", b"to", b"subject", b"date", b"message-id")
        data = b"".join(lines[name] + b"\r\n" for name in names) + own
        key = SigningKey("brisbane", "football.example.com", Ed25519PrivateKey.from_private_bytes(VECTOR_KEY))
        assert b64encode(key.sign(data)) == b"".join(VECTOR_TOP.partition(b" b=")[2].split())


class TestSignatures:
    def test_both_signatures_verify_and_rsa_comes_first(self) -> None:
        mail = make_signer([ED, RSA], lambda: 1_772_999_000.5)(MESSAGE)
        assert mail.endswith(MESSAGE)
        tags = verify_signatures(mail, RECORDS.__getitem__)
        assert [each["a"] for each in tags] == ["rsa-sha256", "ed25519-sha256"]
        assert {each["t"] for each in tags} == {"1772999000"}

    def test_required_fields_are_signed_and_from_is_oversigned(self) -> None:
        (tags,) = verify_signatures(sign_message(MESSAGE, [ED], 0), RECORDS.__getitem__)
        names = [name.strip() for name in tags["h"].split(":")]
        required = "to subject date message-id mime-version content-type list-id list-unsubscribe list-unsubscribe-post"
        assert set(required.split()) <= set(names)
        assert names.count("from") == 2

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"Subject: ", b"Subject: Not "),
            (b"\r\nTo: ", b"\r\nFrom: <evil@example.org>\r\nTo: "),
            (b"List-Unsubscribe-Post: ", b"X-Gone: "),
            (b"been told", b"not been told"),
            (b"--\r\n", b"--\r\nmore\r\n"),
        ],
    )
    def test_signature_fails_when_the_message_was_changed(self, old: bytes, new: bytes) -> None:
        mail = sign_message(MESSAGE, [RSA], 0)
        assert old in mail
        with pytest.raises(AssertionError):
            verify_signatures(mail.replace(old, new), RECORDS.__getitem__)

    def test_signature_verifies_when_relays_changed_white_space(self) -> None:
        mail = sign_message(MESSAGE, [RSA, ED], 0)
        mail = mail.replace(b"\r\nSubject: ", b"\r\nsubject:\t \r\n  ") + b"\r\n \r\n"
        assert len(verify_signatures(mail, RECORDS.__getitem__)) == 2

    def test_signature_lines_are_short_and_parse_as_one_field(self) -> None:
        mail = sign_message(MESSAGE, [RSA, ED], 0)
        top = mail[: -len(MESSAGE)]
        assert all(len(line) <= 78 for line in top.split(b"\r\n"))
        parsed = message_from_bytes(mail, policy=policy.default)
        assert len(parsed.get_all("DKIM-Signature")) == 2
        assert parsed["Subject"] == message_from_bytes(MESSAGE, policy=policy.default)["Subject"]

    def test_message_is_unchanged_without_keys(self) -> None:
        assert make_signer([], lambda: 0)(MESSAGE) is MESSAGE

    def test_signing_raises_when_from_is_missing(self) -> None:
        with pytest.raises(ValueError, match="From"):
            sign_message(b"Subject: Flood\r\n\r\n", [RSA], 0)

    @given(TEXT, TEXT.map(lambda text: text.replace(b"\r\n", b"\r\n ")))
    def test_signature_verifies_for_any_body_and_folding(self, body: bytes, subject: bytes) -> None:
        message = b"From: a@halden.test\r\nSubject:" + subject + b"\r\n\r\n" + body
        assert len(verify_signatures(sign_message(message, [ED], 0), RECORDS.__getitem__)) == 1


class TestKeys:
    def written(self, folder: Path, key: object, passphrase: bytes = b"") -> Path:
        path = folder / "key.pem"
        lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))  # type: ignore[attr-defined]
        return path

    @pytest.mark.parametrize("key", [RSA, ED])
    def test_key_is_read_from_its_file(self, tmp_path: Path, key: SigningKey) -> None:
        read = read_key(key.selector, key.domain, self.written(tmp_path, key.private))
        assert dns_record(read) == dns_record(key)
        assert "private" not in repr(read)

    @pytest.mark.parametrize(
        ("key", "passphrase", "message"),
        [
            (generate_private_key(65537, 1024), b"", "1024 bits"),
            (ec.generate_private_key(ec.SECP256R1()), b"", "neither RSA nor Ed25519"),
            (Ed25519PrivateKey.generate(), b"secret", "without a passphrase"),
        ],
    )
    def test_unusable_key_is_refused(self, tmp_path: Path, key: object, passphrase: bytes, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            read_key("s", "halden.test", self.written(tmp_path, key, passphrase))

    def test_missing_file_or_file_without_key_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="cannot be read"):
            read_key("s", "halden.test", tmp_path / "none.pem")
        (tmp_path / "key.pem").write_text("my secret words")
        with pytest.raises(ValueError, match="is not a private key") as caught:
            read_key("s", "halden.test", tmp_path / "key.pem")
        assert "secret" not in str(caught.value)

    def test_dns_record_has_the_format_of_the_rfc(self) -> None:
        name, text = dns_record(RSA)
        assert name == "rsa1._domainkey.halden.test"
        assert text.startswith("v=DKIM1; k=rsa; p=MIIBIj")
        assert dns_record(ED)[1].startswith("v=DKIM1; k=ed25519; p=")


class TestDkimKeysSetting:
    def test_setting_is_parsed_to_selectors_and_files(self) -> None:
        found = parse_dkim_keys("a:/keys/a.pem  b.2026:b:c.pem")
        assert found == [("a", Path("/keys/a.pem")), ("b.2026", Path("b:c.pem"))]
        assert parse_dkim_keys(" ") == []

    @pytest.mark.parametrize("setting", ["a", "a:", ":/key", "a b:/key", "-a:/key", "a_b:/key", "a:/key A:/other"])
    def test_malformed_setting_is_refused(self, setting: str) -> None:
        with pytest.raises(ValueError, match=r"SELECTOR:FILE|occur once"):
            parse_dkim_keys(setting)

    def test_domain_is_that_of_from(self, settings, tmp_path: Path) -> None:
        path = TestKeys().written(tmp_path, ED.private)
        settings.DKIM_KEYS = parse_dkim_keys(f"ed1:{path}")
        (key,) = load_configured_keys()
        assert (key.selector, key.domain) == ("ed1", "halden.test")
        (tags,) = verify_signatures(load_configured_signer()(MESSAGE), RECORDS.__getitem__)
        assert tags["d"] == "halden.test"

    def test_command_prints_a_line_for_a_zone_file(self, settings, tmp_path: Path, capsys) -> None:
        settings.DKIM_KEYS = parse_dkim_keys(f"rsa1:{TestKeys().written(tmp_path, RSA.private)}")
        assert dkim.run(Namespace()) == 0
        line = capsys.readouterr().out
        strings = re.findall('"([^"]*)"', line)
        assert line.startswith("rsa1._domainkey.halden.test. IN TXT ( ")
        assert "".join(strings) == dns_record(RSA)[1]
        assert max(map(len, strings)) <= 255

    def test_command_prints_the_error_when_a_key_is_unusable(self, settings, tmp_path: Path) -> None:
        for setting, message in (("", "not set"), (f"a:{tmp_path}/none.pem", "cannot be read")):
            settings.DKIM_KEYS = parse_dkim_keys(setting)
            with pytest.raises(CommandError, match=message):
                dkim.run(Namespace())

    def test_message_is_not_signed_by_default(self) -> None:
        assert load_configured_signer()(MESSAGE) is MESSAGE
