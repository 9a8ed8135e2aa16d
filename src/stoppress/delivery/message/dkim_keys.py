"""The signing keys named in STOPPRESS_DKIM_KEYS: read from files, published as DNS records."""

import time
from base64 import b64encode
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings

from stoppress.delivery.message.dkim import Signer, SigningKey, make_signer
from stoppress.delivery.message.headers import sender_domain

MIN_RSA_BITS = 2048
"""Minimum size of an RSA key (RFC 8301 3.2)."""


def read_key(selector: str, domain: str, path: Path) -> SigningKey:
    """Return the private key in a PEM file without a passphrase.

    Raises:
        ValueError: the file is unusable. The message contains nothing of the key.
    """
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ValueError(f"the key {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(f"{path} is not a private key in PEM format without a passphrase") from None
    if isinstance(private, RSAPrivateKey) and private.key_size < MIN_RSA_BITS:
        raise ValueError(f"the RSA key in {path} has {private.key_size} bits; at least {MIN_RSA_BITS} are required")
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError(f"the key in {path} is neither RSA nor Ed25519")
    return SigningKey(selector, domain, private)


def load_configured_keys() -> list[SigningKey]:
    """Return the keys of this installation. Their domain is that of From, as DMARC requires.

    Raises:
        ValueError: the setting or a file is unusable.
    """
    domain = sender_domain()
    return [read_key(selector, domain, path) for selector, path in settings.DKIM_KEYS]


def load_configured_signer() -> Signer:
    """Return the function that signs the mail of this installation; it changes nothing if no key is configured.

    Raises:
        ValueError: the setting or a file is unusable.
    """
    return make_signer(load_configured_keys(), time.time)


def dns_record(key: SigningKey) -> tuple[str, str]:
    """Return name and text of the TXT record with the public key (RFC 6376 3.6, RFC 8463 4)."""
    public = key.private.public_key()
    if isinstance(key.private, RSAPrivateKey):
        kind, data = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, data = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"{key.selector}._domainkey.{key.domain}", f"v=DKIM1; k={kind}; p={b64encode(data).decode()}"
