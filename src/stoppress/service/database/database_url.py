"""Turn DATABASE_URL into Django's settings: SQLite in the home folder by default, or PostgreSQL."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from stoppress.service.config_errors import SettingsError
from stoppress.service.database.sqlite.base import LOCK_TIMEOUT_SECONDS

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; "
    "PRAGMA wal_autocheckpoint=6000;"
)
"""`synchronous=FULL`: a post that was shown as published survives a power failure. An active mailer checkpoints the WAL
after fewer pages than these (delivery/sender/ledger_store.py)."""


KEEPALIVE_OPTIONS = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Limits after which libpq gives up an unreachable PostgreSQL (seconds; the last in milliseconds)."""


def parse_database_url(url: str, home: Path) -> dict[str, Any]:
    """Return Django's settings for one database.

    Raises:
        SettingsError: the URL cannot be read, or is neither SQLite nor PostgreSQL.
    """
    if not url:
        return _sqlite(home / "stoppress.sqlite3")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError("must have a host and a port that can be read") from None  # the URL may hold a password
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)[1:]))  # three slashes: relative, four: absolute, as everywhere
    if parts.scheme in ("postgres", "postgresql"):
        return _postgresql(parts, port)
    raise SettingsError(f"must begin with sqlite:/// or postgresql://, got the scheme {parts.scheme!r}")


def _postgresql(parts: SplitResult, port: int | None) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": None,  # request threads keep their connections
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": KEEPALIVE_OPTIONS | dict(parse_qsl(parts.query)),
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "stoppress.service.database.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,  # reopening the file gains nothing
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": LOCK_TIMEOUT_SECONDS, "init_command": SQLITE_PRAGMAS},
    }
