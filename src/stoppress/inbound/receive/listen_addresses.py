"""Addresses to listen on: `smtp://0.0.0.0:2525`, `lmtp://127.0.0.1:2424`, `lmtp:///run/stoppress/bounces.sock`."""

import ssl
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

OPTIONS = frozenset({"cert", "key", "mode"})


@dataclass(frozen=True)
class ListenAddress:
    """One address to listen on: a port of a host, or the path of a Unix socket with its permissions.

    Attributes:
        lmtp: True for LMTP, False for SMTP.
        host: host of a TCP address.
        port: port of a TCP address.
        path: path of a Unix socket; "" for a TCP address.
        mode: permissions of the Unix socket.
        certificate: path of the TLS certificate for STARTTLS, or "".
        key: path of its private key; "" if the certificate's file contains it.
    """

    lmtp: bool
    host: str = ""
    port: int = 0
    path: str = ""
    mode: int = 0o660
    certificate: str = ""
    key: str = ""

    def __str__(self) -> str:
        scheme = "lmtp" if self.lmtp else "smtp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{self.path or f'{host}:{self.port}'}"

    def tls_context(self) -> ssl.SSLContext | None:
        """Return the TLS context for STARTTLS, or None without a certificate.

        Raises:
            OSError: the certificate or the key cannot be read.
        """
        if not self.certificate:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key or None)
        return context


def parse_listen_addresses(text: str) -> list[ListenAddress]:
    """Parse addresses separated by commas.

    Raises:
        ValueError: an address is invalid; the message states why.
    """
    return [_parse_listen_address(url.strip()) for url in text.split(",") if url.strip()]


def _parse_listen_address(url: str) -> ListenAddress:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "lmtp") or parts.username or parts.fragment:
        raise ValueError(f"{url!r} must be smtp://HOST:PORT, lmtp://HOST:PORT or lmtp:///PATH")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := options.keys() - OPTIONS:
        allowed = ", ".join(sorted(OPTIONS))
        raise ValueError(f"{url!r}: unknown option {sorted(unknown)[0]}; allowed are {allowed}")
    lmtp = parts.scheme == "lmtp"
    if not parts.netloc:
        if not lmtp or len(parts.path) < 2:
            raise ValueError(f"{url!r}: host and port are missing; only LMTP listens on a Unix socket, lmtp:///PATH")
        return ListenAddress(lmtp, path=unquote(parts.path), mode=_parse_mode(options.get("mode", "660")))
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or not port or parts.path not in ("", "/") or "mode" in options:
        raise ValueError(f"{url!r} must have a host and a port from 1 to 65535, and neither path nor mode")
    return ListenAddress(lmtp, parts.hostname, port, certificate=options.get("cert", ""), key=options.get("key", ""))


def _parse_mode(text: str) -> int:
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0o600 <= mode <= 0o777:
        raise ValueError(f"mode={text}: permissions must be octal, from 600 to 777")
    return mode
