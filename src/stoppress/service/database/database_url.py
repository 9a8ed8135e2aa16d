"""Turn DATABASE_URL into Django's settings: SQLite in the home folder by default, or PostgreSQL."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from stoppress.service.config_errors import SettingsError
from stoppress.service.database.sqlite.base import LOCK_TIMEOUT_SECONDS

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; "
    "PRAGMA wal_autocheckpoint=6000; PRAGMA secure_delete=ON;"
)
"""`synchronous=FULL`: a post that was shown as published survives a power failure. An active mailer checkpoints the WAL
after fewer pages than these (delivery/sender/ledger_store.py). `secure_delete`: an erased address leaves no bytes in
free parts of the file (signup/actions/erasure_traces.py)."""


KEEPALIVE_OPTIONS = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Limits after which libpq gives up an unreachable PostgreSQL (seconds; the last in milliseconds)."""


MAX_DATABASE_NAME_BYTES = 63
"""PostgreSQL's limit for names."""
MAX_FILE_NAME_BYTES = 255
"""Linux's limit for the name of a file."""
NUMERIC_OPTIONS = frozenset(KEEPALIVE_OPTIONS) | {"keepalives"}


def parse_database_url(url: str, home: Path) -> dict[str, Any]:
    """Return Django's settings for one database.

    Raises:
        SettingsError: the URL cannot be read, or is neither SQLite nor PostgreSQL.
    """
    if path := sqlite_path(url, home):
        return _sqlite(path)
    parts, port = _split(url)
    if parts.scheme in ("postgres", "postgresql"):
        return _postgresql(parts, port)
    raise SettingsError(f"must begin with sqlite:/// or postgresql://, got the scheme {parts.scheme!r}")


def sqlite_path(url: str, home: Path) -> Path | None:
    """Return the path of an SQLite database; None if the URL is of another kind.

    Raises:
        SettingsError: the URL cannot be read, or has parts that SQLite does not use.
    """
    if not url:
        return home / "stoppress.sqlite3"
    parts, port = _split(url)
    if parts.scheme != "sqlite":
        return None
    path = unquote(parts.path)[1:]  # three slashes: relative, four: absolute, as everywhere
    if not path.isprintable() or not path or path == ":memory:" or parts.netloc or port:
        raise SettingsError("must be sqlite:/// and a path, such as sqlite:////srv/stoppress.sqlite3")
    if max(len(part.encode()) for part in path.split("/")) > MAX_FILE_NAME_BYTES:
        raise SettingsError(f"must be a path whose names have at most {MAX_FILE_NAME_BYTES} bytes")
    if parts.query or parts.fragment:
        raise SettingsError(f"must have no options for SQLite, got {parts.query or parts.fragment!r}")
    return Path(path)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise SettingsError("must have a host and a port that can be read") from None  # the URL may hold a password


def _read_options(query: str) -> dict[str, str]:
    """Return the options for libpq in the query of a URL.

    Raises:
        SettingsError: an option is unknown to libpq, or has no value. The message holds no value: it may be a password.
    """
    if not query:
        return {}
    try:
        options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise SettingsError("must have options such as ?sslmode=require&connect_timeout=5") from None
    from psycopg import pq  # imported here: it loads libpq

    known = {default.keyword.decode() for default in pq.Conninfo.get_defaults()}
    if unknown := sorted(options.keys() - known):
        raise SettingsError(f"must have options of libpq such as sslmode, got the unknown option {unknown[0]!r}")
    for name in sorted(options.keys() & NUMERIC_OPTIONS):
        if not options[name].strip().isascii() or not options[name].strip().isdigit():
            raise SettingsError(f"must have a whole number for the option {name}, got {options[name]!r}")
    return options


def _postgresql(parts: SplitResult, port: int | None) -> dict[str, Any]:
    if parts.fragment:
        raise SettingsError("must have no #; write one in a password as %23")
    if "\0" in unquote(parts.geturl()):  # libpq would read the URL up to there, and connect elsewhere
        raise SettingsError("must have no NUL character (%00)")
    options = _read_options(parts.query)
    name = unquote(parts.path.lstrip("/")) or options.get("dbname", "")
    if not (name or "service" in options):
        raise SettingsError("must have the name of a database, such as postgresql://user:password@host/name")
    if len(name.encode()) > MAX_DATABASE_NAME_BYTES:
        raise SettingsError(
            f"must have a database name of at most {MAX_DATABASE_NAME_BYTES} bytes, got {len(name.encode())}"
        )
    for host in (unquote(parts.hostname or ""), options.get("host", "")):
        _check_host(host)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": None,  # request threads keep their connections
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": KEEPALIVE_OPTIONS | options,
    }


def _check_host(host: str) -> None:
    """Refuse a host that no resolver could look up; a path names the folder of a socket."""
    try:
        if not host.startswith("/"):
            host.encode("idna")
    except UnicodeError:
        raise SettingsError(f"must have a host name or address, got {host[:MAX_DATABASE_NAME_BYTES]!r}") from None


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "stoppress.service.database.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,  # reopening the file gains nothing
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": LOCK_TIMEOUT_SECONDS, "init_command": SQLITE_PRAGMAS},
    }
