"""Amazon's notification service (SNS): its messages' signatures, and the one address that it asks us to visit.

Anybody may have a topic there and send us messages that Amazon signs. So the topic is looked at first: it must be one
that the operator has named. Certificates and confirmations are fetched from Amazon's own hosts alone, over TLS, without
following redirects.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from stoppress.inbound.webhooks import Forged

Fetch = Callable[[str], bytes]
"""The body at an address; raises httpx.HTTPError."""

#: What is signed, in this order; a field that is missing is left out.
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES: dict[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
PATIENCE = 10.0
LARGEST = 65_536
"""Seconds, and bytes, of what is fetched."""
CERTIFICATES = 20
"""Kept; Amazon has one at a time in each region."""

_HOST = re.compile(r"sns\.([a-z0-9-]{3,40})\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_kept: dict[str, bytes] = {}


def checked(told: Mapping[str, Any], topics: Collection[str], fetch: Fetch) -> str:
    """The type of a message that Amazon has signed, for a topic of ours. Raises Forged, httpx.HTTPError."""
    kind, topic = str(told.get("Type")), str(told.get("TopicArn"))
    algorithm = HASHES.get(str(told.get("SignatureVersion")))
    if kind not in SIGNED or topic not in topics or algorithm is None:
        raise Forged
    key = _key(_certificate(str(told.get("SigningCertURL")), fetch))
    try:
        signature = base64.b64decode(str(told.get("Signature")), validate=True)
        key.verify(signature, _text(told, kind), PKCS1v15(), algorithm())
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Forged from error
    return kind


def visit_to_confirm(told: Mapping[str, Any]) -> str:
    """The address that confirms a subscription, if it is Amazon's. Only for checked messages. Raises Forged."""
    url = str(told.get("SubscribeURL"))
    parts = urlsplit(url)
    if not _is_amazons(url) or parts.path != "/" or "Action=ConfirmSubscription" not in parts.query.split("&"):
        raise Forged
    return url


def fetch(url: str) -> bytes:
    """What is there. Raises httpx.HTTPError for anything but 200, and for what is too large or too slow."""
    with (
        httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", url) as answer,
    ):
        if answer.status_code != 200:
            raise httpx.HTTPError(f"answered {answer.status_code}")
        body = b""
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > LARGEST:
                raise httpx.HTTPError("too large")
        return body


def _certificate(url: str, fetch: Fetch) -> bytes:
    """Kept once it was fetched: Amazon gives a new one a new name."""
    if not _is_amazons(url) or not _CERTIFICATE.fullmatch(urlsplit(url).path) or urlsplit(url).query:
        raise Forged
    found = _kept.get(url)
    if found is None:
        found = fetch(url)
        while len(_kept) >= CERTIFICATES:
            _kept.pop(next(iter(_kept)), None)
        _kept[url] = found
    return found


def _key(certificate: bytes) -> RSAPublicKey:
    try:
        key = load_pem_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise Forged from error
    if not isinstance(key, RSAPublicKey):
        raise Forged
    return key


def _text(told: Mapping[str, Any], kind: str) -> bytes:
    fields = [name for name in SIGNED[kind] if isinstance(told.get(name), str)]
    return "".join(f"{name}\n{told[name]}\n" for name in fields).encode("utf-8", "surrogatepass")


def _is_amazons(url: str) -> bool:
    """https, on the port for it, at one of Amazon's own notification hosts, and nothing else in it."""
    try:
        parts = urlsplit(url)
        plain = parts.port in (None, 443) and not parts.username and not parts.password and not parts.fragment
    except ValueError:
        return False
    clean = url.isascii() and url.isprintable() and "\\" not in url and " " not in url
    return clean and plain and parts.scheme == "https" and bool(_HOST.fullmatch(parts.hostname or ""))
