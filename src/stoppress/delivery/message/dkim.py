"""DKIM signatures (RFC 6376, 8301, 8463): relaxed/relaxed, SHA-256, by RSA or Ed25519; the whole body, never `l=`.

From is signed once more than it occurs, so that no second one can be added. Fields on which a mail program acts, such
as List-Unsubscribe-Post (RFC 8058 4), are signed as well.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

SIGNED_FIELDS = (
    *(b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"mime-version", b"content-type"),
    *(b"list-id", b"list-unsubscribe", b"list-unsubscribe-post", b"list-help", b"auto-submitted"),
    *(b"in-reply-to", b"references"),
    b"feedback-id",  # Gmail trusts it only if it is signed.
    b"cfbl-address",  # RFC 9477 3.1.4: complaints are sent only to a signed address
)
"""Fields that are signed if they are present."""
MAX_LINE_LENGTH = 72

_SPACES = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


@dataclass(frozen=True)
class SigningKey:
    """A private key and the place of its public key in the DNS: SELECTOR._domainkey.DOMAIN."""

    selector: str
    domain: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """Return the value of `a=`."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, data: bytes) -> bytes:
        """Return the signature of the data; Ed25519 signs their hash (RFC 8463 3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), SHA256())
        return self.private.sign(sha256(data).digest())


def sign_message(message: bytes, keys: Sequence[SigningKey], at: int) -> bytes:
    """Return the message with one DKIM-Signature on top for each key, in their order.

    Args:
        message: lines end in CRLF; a blank line ends the header.
        keys: the keys to sign with.
        at: seconds since 1970.

    Raises:
        ValueError: it has no From.
    """
    header, _, body = message.partition(b"\r\n\r\n")
    names, data = _signed_fields(relaxed_fields(header + b"\r\n"))
    digest = b64encode(sha256(relaxed_body(body)).digest())
    return b"".join([*(_field(key, names, data, digest, at) for key in keys), message])


def relaxed_fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """Return name and canonical line, without its CRLF, of each field (RFC 6376 3.4.2)."""
    fields = []
    for line in _FOLD.sub(b"", header).split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            name = name.strip(b" \t").lower()
            fields.append((name, name + b":" + _SPACES.sub(b" ", value).strip(b" ")))
    return fields


def relaxed_body(body: bytes) -> bytes:
    """Return the canonical body (RFC 6376 3.4.4).

    The regular expression runs only if the body contains white space to compress.
    """
    if b"\t" in body or b"  " in body:
        body = _SPACES.sub(b" ", body)
    body = body.replace(b" \r\n", b"\r\n").removesuffix(b" ").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _signed_fields(fields: Sequence[tuple[bytes, bytes]]) -> tuple[list[bytes], bytes]:
    """Return the names for `h=`, and the lines they refer to. Of fields with one name, the last is signed first."""
    lines: dict[bytes, list[bytes]] = {}
    for name, line in fields:
        lines.setdefault(name, []).append(line)
    if b"from" not in lines:
        raise ValueError("a message without a From field cannot be signed")
    names = [name for name in SIGNED_FIELDS for _ in lines.get(name, ())]
    data = [lines[name].pop() for name in names]
    return [*names, b"from"], b"".join([line + b"\r\n" for line in data])


def _field(key: SigningKey, names: Sequence[bytes], data: bytes, digest: bytes, at: int) -> bytes:
    unsigned = (
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain};\r\n"
        f" s={key.selector}; t={at};\r\n h={_fold_names(names)};\r\n bh={digest.decode()};\r\n b="
    ).encode()
    ((_, own_line),) = relaxed_fields(unsigned)
    signature = b64encode(key.sign(data + own_line))
    lines = [signature[start : start + MAX_LINE_LENGTH] for start in range(0, len(signature), MAX_LINE_LENGTH)]
    return unsigned + b"\r\n ".join(lines) + b"\r\n"


def _fold_names(names: Sequence[bytes]) -> str:
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > MAX_LINE_LENGTH:
            lines.append("")
        lines[-1] += f"{name.decode()}:"
    return "\r\n  ".join(lines).removesuffix(":")


Signer = Callable[[bytes], bytes]


def make_signer(keys: Sequence[SigningKey], clock: Callable[[], float]) -> Signer:
    """Return a function that signs a message with these keys; without keys it returns the message unchanged.

    RSA comes first, because not every receiver supports Ed25519.

    Args:
        keys: the keys to sign with.
        clock: returns seconds since 1970.
    """
    ordered = sorted(keys, key=lambda key: key.algorithm, reverse=True)
    if not ordered:
        return lambda message: message
    return lambda message: sign_message(message, ordered, int(clock()))
