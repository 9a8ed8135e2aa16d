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

from stoppress.inbound.webhooks import InvalidSignatureError

Fetch = Callable[[str], bytes]
"""The body at an address; raises httpx.HTTPError."""

#: What is signed, in this order; a field that is missing is left out.
SIGNED_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES: dict[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
FETCH_TIMEOUT_SECONDS = 10.0
MAX_FETCHED_BYTES = 65_536
"""Seconds, and bytes, of what is fetched."""
MAX_CACHED_CERTIFICATES = 20
"""Kept; Amazon has one at a time in each region."""

_HOST = re.compile(r"sns\.([a-z0-9-]{3,40})\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_certificate_cache: dict[str, bytes] = {}


def verify_message(told: Mapping[str, Any], topics: Collection[str], fetch: Fetch) -> str:
    """The type of a message that Amazon has signed, for a topic of ours. Raises InvalidSignatureError, httpx.HTTPError."""
    kind, topic = str(told.get("Type")), str(told.get("TopicArn"))
    algorithm = HASHES.get(str(told.get("SignatureVersion")))
    if kind not in SIGNED_FIELDS or topic not in topics or algorithm is None:
        raise InvalidSignatureError
    key = _public_key(_certificate(str(told.get("SigningCertURL")), fetch))
    try:
        signature = base64.b64decode(str(told.get("Signature")), validate=True)
        key.verify(signature, _signed_text(told, kind), PKCS1v15(), algorithm())
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise InvalidSignatureError from error
    return kind


def confirmation_url(told: Mapping[str, Any]) -> str:
    """The address that confirms a subscription, if it is Amazon's. Only for checked messages. Raises InvalidSignatureError."""
    url = str(told.get("SubscribeURL"))
    parts = urlsplit(url)
    if not _is_amazon_url(url) or parts.path != "/" or "Action=ConfirmSubscription" not in parts.query.split("&"):
        raise InvalidSignatureError
    return url


def fetch(url: str) -> bytes:
    """What is there. Raises httpx.HTTPError for anything but 200, and for what is too large or too slow."""
    with (
        httpx.Client(timeout=FETCH_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", url) as answer,
    ):
        if answer.status_code != 200:
            raise httpx.HTTPError(f"answered {answer.status_code}")
        body = b""
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > MAX_FETCHED_BYTES:
                raise httpx.HTTPError("too large")
        return body


def _certificate(url: str, fetch: Fetch) -> bytes:
    """Kept once it was fetched: Amazon gives a new one a new name."""
    if not _is_amazon_url(url) or not _CERTIFICATE.fullmatch(urlsplit(url).path) or urlsplit(url).query:
        raise InvalidSignatureError
    found = _certificate_cache.get(url)
    if found is None:
        found = fetch(url)
        while len(_certificate_cache) >= MAX_CACHED_CERTIFICATES:
            _certificate_cache.pop(next(iter(_certificate_cache)), None)
        _certificate_cache[url] = found
    return found


def _public_key(certificate: bytes) -> RSAPublicKey:
    try:
        key = load_pem_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise InvalidSignatureError from error
    if not isinstance(key, RSAPublicKey):
        raise InvalidSignatureError
    return key


def _signed_text(told: Mapping[str, Any], kind: str) -> bytes:
    fields = [name for name in SIGNED_FIELDS[kind] if isinstance(told.get(name), str)]
    return "".join(f"{name}\n{told[name]}\n" for name in fields).encode("utf-8", "surrogatepass")


def _is_amazon_url(url: str) -> bool:
    """https, on the port for it, at one of Amazon's own notification hosts, and nothing else in it."""
    try:
        parts = urlsplit(url)
        plain = parts.port in (None, 443) and not parts.username and not parts.password and not parts.fragment
    except ValueError:
        return False
    clean = url.isascii() and url.isprintable() and "\\" not in url and " " not in url
    return clean and plain and parts.scheme == "https" and bool(_HOST.fullmatch(parts.hostname or ""))
