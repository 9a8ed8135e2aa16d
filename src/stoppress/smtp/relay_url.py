"""Parse the URL that names a relay and how to connect to it."""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_SEPARATOR = re.compile(r"[\s,]+(?=smtps?://)")
MAX_HOST_CHARACTERS = 253
_PARAMETERS = frozenset({"starttls", "verify", "name", "connections"})


class Security(Enum):
    """When TLS begins."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """A relay as the operator configured it. Its repr and str show neither user nor password.

    Args:
        host: name or IP address.
        port: TCP port.
        security: when TLS begins; `AUTO` uses STARTTLS if it is offered.
        verify: True if the relay's certificate must be trusted and match `host`.
        user: the user to log in as, "" for no login.
        password: the password, "" for no login.
        name: this host's name for EHLO, "" to detect it.
        connections: how many connections may be open at once.
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
        """Parse a relay's URL.

        The form is `smtp://[user:password@]host[:port][?starttls=required|auto|never&verify=no&name=NAME&connections=4]`,
        or `smtps://…` for TLS from the first byte (RFC 8314 section 3.3). User and password are percent-encoded.

        Without a port: 465 for smtps, 587 with a login (RFC 6409 section 3.1), else 25. A login is sent only through
        TLS, except to this machine itself. On this machine a certificate is checked only if TLS is required, because
        the mail server of a fresh Debian offers STARTTLS with a self-signed certificate.

        Raises:
            ValueError: the URL is not valid; the message does not quote it.
        """
        parts = _split(url.strip())
        if parts.scheme not in ("smtp", "smtps"):
            raise ValueError("a relay's URL begins with smtp:// or smtps://")
        if parts.path not in ("", "/") or parts.fragment:
            raise ValueError("a relay's URL ends after the port, or continues with ?")
        host = _parse_host(parts)
        options = _parse_options(parts.query)
        user, password = _parse_login(parts)
        is_local = _is_loopback(host)
        security = _parse_security(parts.scheme, options.get("starttls"), has_login=bool(user), is_local=is_local)
        return cls(
            host=host,
            port=_parse_port(parts, has_login=bool(user)),
            security=security,
            verify=_parse_verify(options.get("verify"), default=not (security is Security.AUTO and is_local)),
            user=user,
            password=password,
            name=_parse_name(options.get("name", "")),
            connections=_parse_connections(options.get("connections", "4")),
        )

    @property
    def is_local(self) -> bool:
        """Return True if the relay is on this machine."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        scheme = "smtps" if self.security is Security.IMPLICIT else "smtp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"


def parse_relays(setting: str) -> list[RelayAddress]:
    """Parse the URLs of several relays, separated by white space or commas.

    Raises:
        ValueError: a URL is not valid, or a relay is named twice; the message quotes no URL.
    """
    urls = _SEPARATOR.split(setting.strip(" ,\t\r\n"))  # A password may contain a comma.
    relays = [RelayAddress.parse(url) for url in urls if url]
    if len({(relay.host, relay.port, relay.user) for relay in relays}) != len(relays):
        raise ValueError("a relay is named twice; each relay may be named once")
    return relays


def _split(url: str) -> SplitResult:
    """Split a URL without urllib's own error message, which would quote the login."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("the host in a relay's URL cannot be parsed") from None


def _parse_host(parts: SplitResult) -> str:
    host = unquote(parts.hostname or "")
    if not host or not host.isprintable() or " " in host:
        raise ValueError("a relay's URL needs a host")
    if not is_resolvable(host):
        raise ValueError(f"a relay's URL needs the name or address of a host, got {host[:MAX_HOST_CHARACTERS]!r}")
    return host


def is_resolvable(host: str) -> bool:
    """Return True if a resolver can look a host up: labels of 1 to 63 characters, together 253 (RFC 1035 2.3.4)."""
    try:
        return len(host.encode("idna")) <= MAX_HOST_CHARACTERS
    except UnicodeError:
        return False


def _parse_port(parts: SplitResult, *, has_login: bool) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port is None:
        return 465 if parts.scheme == "smtps" else 587 if has_login else 25
    if port < 1:
        raise ValueError("a relay's port is a number from 1 to 65535")
    return port


def _parse_login(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("a login at the relay needs both user and password")
    if "\0" in user + password:
        raise ValueError("user and password of a relay must not contain NUL")
    return user, password


def _parse_options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError("options of a relay's URL have the form name=value and are joined by &") from None
    options = dict(pairs)
    if unknown := options.keys() - _PARAMETERS:
        allowed = ", ".join(sorted(_PARAMETERS))
        raise ValueError(f"a relay's URL has no option {sorted(unknown)[0]!r}; the options are {allowed}")
    if len(options) != len(pairs):
        raise ValueError("each option of a relay's URL may be given once")
    return options


def _parse_security(scheme: str, starttls: str | None, *, has_login: bool, is_local: bool) -> Security:
    if scheme == "smtps":
        if starttls is not None:
            raise ValueError("smtps:// uses TLS from the first byte and takes no starttls option")
        return Security.IMPLICIT
    if starttls not in (None, "required", "auto", "never"):
        raise ValueError("starttls must be required, auto or never")
    if has_login and not is_local:
        if starttls == "never":
            raise ValueError("starttls=never would send the login in the clear")
        return Security.REQUIRED
    return Security(starttls or "auto")


def _parse_verify(value: str | None, *, default: bool) -> bool:
    if value not in (None, "yes", "no"):
        raise ValueError("verify must be yes or no")
    return default if value is None else value == "yes"


def _parse_name(name: str) -> str:
    if not name.isascii() or not name.isprintable() or " " in name:
        raise ValueError("name, this host's name for EHLO, must be printable ASCII without spaces")
    return name


def _parse_connections(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:5]) <= 1000:
        raise ValueError("connections must be a number from 1 to 1000")
    return int(value)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
