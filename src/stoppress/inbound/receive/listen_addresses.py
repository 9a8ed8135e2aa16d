"""Where to listen: `smtp://0.0.0.0:2525`, `lmtp://127.0.0.1:2424`, `lmtp:///run/stoppress/bounces.sock`."""

import ssl
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

OPTIONS = frozenset({"cert", "key", "mode"})


@dataclass(frozen=True)
class ListenAddress:
    """One place to listen at: a port of a host, or else a Unix socket with its permissions."""

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

    def tls(self) -> ssl.SSLContext | None:
        """What STARTTLS is answered with; None if it is not offered. Raises OSError for files that do not do."""
        if not self.certificate:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key or None)
        return context


def parse_listen_addresses(text: str) -> list[ListenAddress]:
    """From addresses with commas between; none for "". Raises ValueError, which says what is wrong."""
    return [_parse_listen_address(url.strip()) for url in text.split(",") if url.strip()]


def _parse_listen_address(url: str) -> ListenAddress:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "lmtp") or parts.username or parts.fragment:
        raise ValueError(f"{url!r} is none of smtp://HOST:PORT, lmtp://HOST:PORT, lmtp:///PATH")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := options.keys() - OPTIONS:
        raise ValueError(f"{url!r}: there is no {sorted(unknown)[0]}; there are {', '.join(sorted(OPTIONS))}")
    lmtp = parts.scheme == "lmtp"
    if not parts.netloc:
        if not lmtp or len(parts.path) < 2:
            raise ValueError(f"{url!r}: only LMTP listens on a Unix socket, and its path is wanted")
        return ListenAddress(lmtp, path=unquote(parts.path), mode=_parse_mode(options.get("mode", "660")))
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or not port or parts.path not in ("", "/") or "mode" in options:
        raise ValueError(f"{url!r}: a host and a port from 1 to 65535 are wanted")
    return ListenAddress(lmtp, parts.hostname, port, certificate=options.get("cert", ""), key=options.get("key", ""))


def _parse_mode(text: str) -> int:
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0o600 <= mode <= 0o777:
        raise ValueError(f"mode={text}: permissions such as 660 are wanted")
    return mode
