"""Logs an operator can share: one line per event, with no token and no address in full."""

import logging
import re
import sqlite3
import time

from django.db import InterfaceError, OperationalError

from stoppress.runtime.mail_masking import mask_mail_addresses_in

TOKENS = re.compile(r"(?i)(alerts/+[a-z]+/+)[^\s?\"]+")
QUERIES = re.compile(r"(?i)([?&][a-z_]{0,20}token=)[^\s&\"]+")
"""Tokens after a question mark: nothing of ours looks for them there, but people write such links."""
BEARER = re.compile(r"(?i)(bearer\s+)\S+")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def is_database_unreachable(fault: BaseException | None) -> bool:
    """Whether this says that the database is not there or not for us, and not that we asked for nonsense."""
    if not isinstance(fault, InterfaceError | OperationalError):
        return False
    code, state = getattr(fault.__cause__, "sqlite_errorcode", 0), getattr(fault.__cause__, "sqlstate", None)
    if code & 0xFF == sqlite3.SQLITE_ERROR:
        return False  # SQLite's word for a mistake in what it was asked
    return state is None or state.startswith(("08", "53", "57P"))  # PostgreSQL: connections, resources, shutting down


def redact(text: str) -> str:
    """`text` with tokens cut out and addresses shortened to `a…@host`."""
    text = BEARER.sub(r"\1…", QUERIES.sub(r"\1…", TOKENS.sub(r"\1…", text)))
    return CONTROL.sub("?", mask_mail_addresses_in(text))


class RedactingFilter(logging.Filter):
    """Redacts a record's finished message before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        return True


class DatabaseUnreachableFilter(logging.Filter):
    """Makes Django's report of a request for which the database was away one short line: there is one for each."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without a traceback if that is all that it would tell."""
        fault = record.exc_info[1] if record.exc_info else None
        if is_database_unreachable(fault):
            first = str(fault).strip().partition("\n")[0]
            record.msg, record.args = "%s (the database is away: %s)", (record.getMessage(), first)
            record.exc_info = record.exc_text = None
        return True


class LineFormatter(logging.Formatter):
    """`2026-03-08T20:04:11Z INFO stoppress.edge message`; tracebacks are redacted too."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = ""

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The edge notes several requests in one record (edge/http/access_log.py): each is a line of its own."""
        whole = super().formatMessage(record)
        if record.name != "uvicorn.access" or "\n" not in record.message:
            return whole
        return whole.replace("\n", "\n" + whole.removesuffix(record.message))

    def formatException(self, ei):  # type: ignore[no-untyped-def]  # logging's own name and shape
        return redact(super().formatException(ei))
