"""Amazon's notification service (SNS): verification of its messages, and confirmation of a subscription.

Every customer of Amazon can have a topic and send us messages that Amazon signs. So the topic is checked first: it must
be in the operator's list. Certificates and confirmations are fetched from Amazon's own hosts only, over TLS, without
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
"""Return the body at a URL; raise httpx.HTTPError."""

#: The signed fields, in this order; missing fields are left out.
SIGNED_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES: dict[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
FETCH_TIMEOUT_SECONDS = 10.0
MAX_FETCHED_BYTES = 65_536
"""Limits of a fetched body: seconds, and bytes."""
MAX_CACHED_CERTIFICATES = 20
"""Amazon has one certificate at a time in each region."""

_HOST = re.compile(r"sns\.([a-z0-9-]{3,40})\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_certificate_cache: dict[str, bytes] = {}


def verify_message(message: Mapping[str, Any], topics: Collection[str], fetch: Fetch) -> str:
    """Verify a message and return its type.

    Args:
        message: the SNS message.
        topics: ARNs of the topics in the operator's list.
        fetch: fetches Amazon's certificate.

    Raises:
        InvalidSignatureError: the signature is not Amazon's, or the topic is not in the list.
        httpx.HTTPError: the certificate cannot be fetched.
    """
    message_type, topic = str(message.get("Type")), str(message.get("TopicArn"))
    algorithm = HASHES.get(str(message.get("SignatureVersion")))
    if message_type not in SIGNED_FIELDS or topic not in topics or algorithm is None:
        raise InvalidSignatureError
    key = _public_key(_certificate(str(message.get("SigningCertURL")), fetch))
    try:
        signature = base64.b64decode(str(message.get("Signature")), validate=True)
        key.verify(signature, _signed_text(message, message_type), PKCS1v15(), algorithm())
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise InvalidSignatureError from error
    return message_type


def confirmation_url(message: Mapping[str, Any]) -> str:
    """Return the URL that confirms a subscription. Call it for verified messages only.

    Raises:
        InvalidSignatureError: the URL is not Amazon's.
    """
    url = str(message.get("SubscribeURL"))
    parts = urlsplit(url)
    if not _is_amazon_url(url) or parts.path != "/" or "Action=ConfirmSubscription" not in parts.query.split("&"):
        raise InvalidSignatureError
    return url


def fetch(url: str) -> bytes:
    """Return the body at a URL.

    Raises:
        httpx.HTTPError: the status is not 200, or the body is too large or too slow.
    """
    with (
        httpx.Client(timeout=FETCH_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", url) as response,
    ):
        if response.status_code != 200:
            raise httpx.HTTPError(f"status {response.status_code}, expected 200")
        body = b""
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_FETCHED_BYTES:
                raise httpx.HTTPError(f"body exceeds {MAX_FETCHED_BYTES} bytes")
        return body


def _certificate(url: str, fetch: Fetch) -> bytes:
    """Return the certificate at a URL of Amazon's. It is cached: a new certificate has a new name."""
    if not _is_amazon_url(url) or not _CERTIFICATE.fullmatch(urlsplit(url).path) or urlsplit(url).query:
        raise InvalidSignatureError
    certificate = _certificate_cache.get(url)
    if certificate is None:
        certificate = fetch(url)
        while len(_certificate_cache) >= MAX_CACHED_CERTIFICATES:
            _certificate_cache.pop(next(iter(_certificate_cache)), None)
        _certificate_cache[url] = certificate
    return certificate


def _public_key(certificate: bytes) -> RSAPublicKey:
    try:
        key = load_pem_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise InvalidSignatureError from error
    if not isinstance(key, RSAPublicKey):
        raise InvalidSignatureError
    return key


def _signed_text(message: Mapping[str, Any], message_type: str) -> bytes:
    names = [name for name in SIGNED_FIELDS[message_type] if isinstance(message.get(name), str)]
    return "".join(f"{name}\n{message[name]}\n" for name in names).encode("utf-8", "surrogatepass")


def _is_amazon_url(url: str) -> bool:
    """Return True for https on port 443 of a notification host of Amazon's, without user, password or fragment."""
    try:
        parts = urlsplit(url)
        is_plain = parts.port in (None, 443) and not parts.username and not parts.password and not parts.fragment
    except ValueError:
        return False
    is_clean = url.isascii() and url.isprintable() and "\\" not in url and " " not in url
    return is_clean and is_plain and parts.scheme == "https" and bool(_HOST.fullmatch(parts.hostname or ""))
