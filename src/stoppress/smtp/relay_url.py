"""Where the relay is and how to talk to it, out of one URL."""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_BETWEEN = re.compile(r"[\s,]+(?=smtps?://)")
_PARAMETERS = frozenset({"starttls", "verify", "name", "connections"})


class Security(Enum):
    """When TLS begins."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """A relay as the operator named it. Its repr and str show neither log-in nor password.

    Args:
        host: name or IP address.
        port: TCP port.
        security: when TLS begins; `AUTO` takes STARTTLS where it is offered.
        verify: whether the relay's certificate must be trusted and match `host`.
        user, password: the log-in, both "" for none.
        name: what we call ourselves in EHLO, "" to find out.
        connections: how many to hold open at most.
    """

    host: str
    port: int = 25
    security: Security = Security.AUTO
    verify: bool = True
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    connections: int = 4

    @classmethod
    def parse(cls, url: str) -> "RelayAddress":
        """From `smtp://[user:password@]host[:port][?starttls=required|auto|never&verify=no&name=NAME&connections=4]`,
        or `smtps://…` for TLS from the first byte (RFC 8314 3.3). User and password are percent-encoded.

        Without a port: 465 for smtps, 587 with a log-in (RFC 6409 3.1), else 25. A log-in is only ever sent through
        TLS, except to this machine itself. On this machine a certificate is checked only if TLS was asked for: the mail
        server of a fresh Debian offers STARTTLS with one that nobody has signed.

        Raises:
            ValueError: what is wrong, without quoting the URL.
        """
        parts = _split(url.strip())
        if parts.scheme not in ("smtp", "smtps"):
            raise ValueError("a relay's URL begins with smtp:// or smtps://")
        if parts.path not in ("", "/") or parts.fragment:
            raise ValueError("a relay's URL ends after the port, or goes on with ?")
        host = _host(parts)
        options = _options(parts.query)
        user, password = _login(parts)
        security = _security(parts.scheme, options.get("starttls"), login=bool(user), local=_is_loopback(host))
        return cls(
            host=host,
            port=_port(parts, login=bool(user)),
            security=security,
            verify=_verify(options.get("verify"), default=not (security is Security.AUTO and _is_loopback(host))),
            user=user,
            password=password,
            name=_name(options.get("name", "")),
            connections=_connections(options.get("connections", "4")),
        )

    @property
    def loopback(self) -> bool:
        """True when the relay is on this machine."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        scheme = "smtps" if self.security is Security.IMPLICIT else "smtp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"


def parse_relays(setting: str) -> list[RelayAddress]:
    """Relays out of URLs as RelayAddress.parse takes them, separated by white space or commas.

    Raises:
        ValueError: what is wrong, without quoting a URL.
    """
    urls = _BETWEEN.split(setting.strip(" ,\t\r\n"))  # A password may hold a comma.
    relays = [RelayAddress.parse(url) for url in urls if url]
    if len({(relay.host, relay.port, relay.user) for relay in relays}) != len(relays):
        raise ValueError("each relay is named once")
    return relays


def _split(url: str) -> SplitResult:
    """Split a URL. urllib's own message would quote the log-in."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("the host in a relay's URL cannot be read") from None


def _host(parts: SplitResult) -> str:
    host = unquote(parts.hostname or "")
    if not host or not host.isprintable() or " " in host:
        raise ValueError("a relay's URL needs a host")
    return host


def _port(parts: SplitResult, *, login: bool) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port is None:
        return 465 if parts.scheme == "smtps" else 587 if login else 25
    if port < 1:
        raise ValueError("a relay's port is a number from 1 to 65535")
    return port


def _login(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("a log-in at the relay needs both user and password")
    if "\0" in user + password:
        raise ValueError("user and password must not hold NUL")
    return user, password


def _options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError("after the ? a relay's URL has name=value, joined by &") from None
    options = dict(pairs)
    if unknown := options.keys() - _PARAMETERS:
        raise ValueError(f"a relay's URL knows no {sorted(unknown)[0]!r}; it knows {', '.join(sorted(_PARAMETERS))}")
    if len(options) != len(pairs):
        raise ValueError("each option of a relay's URL is given once")
    return options


def _security(scheme: str, starttls: str | None, *, login: bool, local: bool) -> Security:
    if scheme == "smtps":
        if starttls is not None:
            raise ValueError("smtps:// is TLS from the first byte: it takes no starttls")
        return Security.IMPLICIT
    if starttls not in (None, "required", "auto", "never"):
        raise ValueError("starttls is required, auto or never")
    if login and not local:
        if starttls == "never":
            raise ValueError("starttls=never would send the log-in in the clear")
        return Security.REQUIRED
    return Security(starttls or "auto")


def _verify(value: str | None, *, default: bool) -> bool:
    if value not in (None, "yes", "no"):
        raise ValueError("verify is yes or no")
    return default if value is None else value == "yes"


def _name(name: str) -> str:
    if not name.isascii() or not name.isprintable() or " " in name:
        raise ValueError("name is what this host calls itself: printable ASCII, no spaces")
    return name


def _connections(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:5]) <= 1000:
        raise ValueError("connections is a number from 1 to 1000")
    return int(value)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
