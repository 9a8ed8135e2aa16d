"""Verify DKIM signatures as a receiver does, written from RFC 6376 alone, without code of the signer.

It reads character by character where the signer uses patterns, so that both do not share a fault.
"""

from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def verify_signatures(message: bytes, dns: Callable[[str], str]) -> list[dict[str, str]]:
    """Return the tags of every signature of a message; raise AssertionError for an invalid one."""
    header, body = message.split(b"\r\n\r\n", 1)
    fields = _fields(header)
    found = [text for text in fields if text.split(b":")[0].strip().lower() == b"dkim-signature"]
    return [_hold(text, fields, body, dns) for text in found]


def _hold(field: bytes, fields: list[bytes], body: bytes, dns: Callable[[str], str]) -> dict[str, str]:
    tags = _tags(field.split(b":", 1)[1].decode())
    assert tags["v"] == "1" and tags["c"] == "relaxed/relaxed" and "l" not in tags
    assert b64decode(_dense(tags["bh"])) == sha256(_body(body)).digest(), "the body was changed"
    rest = list(fields)
    data = b""
    for name in tags["h"].lower().split(":"):
        for at in range(len(rest) - 1, -1, -1):
            if rest[at].split(b":")[0].strip().lower().decode() == name.strip():
                data += _field(rest.pop(at)) + b"\r\n"
                break
    before, _, after = field.partition(b" b=")
    ending = after[after.index(b";") :] if b";" in after else b""
    data += _field(before + b" b=" + ending)
    _check(tags, _tags(dns(f"{tags['s']}._domainkey.{tags['d']}")), data)
    return tags


def _check(tags: dict[str, str], record: dict[str, str], data: bytes) -> None:
    signature, public = b64decode(_dense(tags["b"])), b64decode(record["p"])
    try:
        if tags["a"] == "ed25519-sha256":
            assert record["k"] == "ed25519"
            Ed25519PublicKey.from_public_bytes(public).verify(signature, sha256(data).digest())
        else:
            assert (tags["a"], record.get("k", "rsa")) == ("rsa-sha256", "rsa")
            key = load_der_public_key(public)
            assert isinstance(key, RSAPublicKey)
            key.verify(signature, data, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise AssertionError("the signature does not hold") from None


def _fields(header: bytes) -> list[bytes]:
    fields: list[bytes] = []
    for line in header.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields


def _tags(text: str) -> dict[str, str]:
    pairs = [part.split("=", 1) for part in text.split(";") if part.strip()]
    return {name.strip(): value.strip() for name, value in pairs}


def _dense(text: str) -> str:
    return "".join(text.split())


def _squeezed(text: bytes) -> bytes:
    out = bytearray()
    for byte in text:
        if byte in b" \t":
            if not out.endswith(b" "):
                out += b" "
        else:
            out.append(byte)
    return bytes(out)


def _field(field: bytes) -> bytes:
    name, value = field.replace(b"\r\n", b"").split(b":", 1)
    return name.strip().lower() + b":" + _squeezed(value).strip()


def _body(body: bytes) -> bytes:
    lines = [_squeezed(line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)
