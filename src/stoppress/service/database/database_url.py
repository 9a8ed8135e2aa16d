"""From DATABASE_URL to Django's settings: SQLite in the home folder by default, PostgreSQL by address."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from stoppress.service.config_errors import BadSetting
from stoppress.service.database.sqlite.base import WAIT

PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; "
    "PRAGMA wal_autocheckpoint=6000;"
)
"""FULL: an editor who saw "published" must find it so after the power comes back. Writing the log back into the
database is left to a mailer at work: it does so after fewer pages than these (delivery/sender/ledger_store.py)."""


WATCHFUL = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""How soon libpq gives up a PostgreSQL that is gone without a word (seconds; the last in milliseconds)."""


def database(url: str, home: Path) -> dict[str, Any]:
    """Django's settings for one database; raises BadSetting for an address of another kind."""
    if not url:
        return _sqlite(home / "stoppress.sqlite3")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadSetting("must have a host and a port that can be read") from None  # the URL may hold a password
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)[1:]))  # three slashes: relative, four: absolute, as everywhere
    if parts.scheme in ("postgres", "postgresql"):
        return _postgresql(parts, port)
    raise BadSetting(f"must begin with sqlite:/// or postgresql://, got the scheme {parts.scheme!r}")


def _postgresql(parts: SplitResult, port: int | None) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": None,  # service/processes/request_threads.py keeps them
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": WATCHFUL | dict(parse_qsl(parts.query)),
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "stoppress.service.database.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,  # a file: nothing is gained by opening it again (service/processes/request_threads.py)
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": WAIT, "init_command": PRAGMAS},
    }
