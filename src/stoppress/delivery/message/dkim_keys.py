"""The keys that mail is signed with: named in STOPPRESS_DKIM_KEYS, read from files, told to the DNS."""

import time
from base64 import b64encode
from email.utils import parseaddr
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.dkim import SigningKey, Signer, make_signer
from stoppress.delivery.message.headers import with_ascii_domain

MIN_RSA_BITS = 2048
"""Bits of an RSA key (RFC 8301 3.2)."""


def read_key(selector: str, domain: str, path: Path) -> SigningKey:
    """The private key in a PEM file without a passphrase.

    Raises:
        ValueError: what is wrong with the file; nothing of the key is told.
    """
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ValueError(f"the key {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(f"{path} is no private key in PEM form without a passphrase") from None
    if isinstance(private, RSAPrivateKey) and private.key_size < MIN_RSA_BITS:
        raise ValueError(f"the RSA key in {path} has {private.key_size} bits; mail wants {MIN_RSA_BITS}")
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError(f"the key in {path} is neither RSA nor Ed25519")
    return SigningKey(selector, domain, private)


def load_configured_keys() -> list[SigningKey]:
    """The keys of this installation; their domain is that of From, as DMARC wants it.

    Raises:
        ValueError: what is wrong with the setting or a file.
    """
    address = with_ascii_domain(parseaddr(newsroom().mail_from)[1])
    domain = address.rpartition("@")[2].lower()
    return [read_key(selector, domain, path) for selector, path in settings.DKIM_KEYS]


def load_configured_signer() -> Signer:
    """What signs the mail of this installation, if it is to be signed here; raises as `configured_keys`."""
    return make_signer(load_configured_keys(), time.time)


def dns_record(key: SigningKey) -> tuple[str, str]:
    """Name and text of the TXT record that the world checks the key's signatures with (RFC 6376 3.6, RFC 8463 4)."""
    public = key.private.public_key()
    if isinstance(key.private, RSAPrivateKey):
        kind, data = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, data = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"{key.selector}._domainkey.{key.domain}", f"v=DKIM1; k={kind}; p={b64encode(data).decode()}"
