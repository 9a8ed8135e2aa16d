"""Log format that an operator can share: one line per event, without tokens and with masked addresses."""

import logging
import re
import time

from stoppress.runtime.database_errors import is_database_unreachable
from stoppress.runtime.mail_masking import mask_mail_addresses_in

TOKENS = re.compile(r"(?i)(alerts/+[a-z]+/+)[^\s?\"]+")
QUERIES = re.compile(r"(?i)([?&][a-z_]{0,20}token=)[^\s&\"]+")
"""Tokens in a query string: the product does not use them there, but people write such links."""
BEARER = re.compile(r"(?i)(bearer\s+)\S+")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def redact(text: str) -> str:
    """Return `text` without tokens and with addresses masked as `a…@host`."""
    text = BEARER.sub(r"\1…", QUERIES.sub(r"\1…", TOKENS.sub(r"\1…", text)))
    return CONTROL.sub("?", mask_mail_addresses_in(text))


class RedactingFilter(logging.Filter):
    """Redact the formatted message of a record before any handler gets it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the message and return True."""
        record.msg = redact(record.getMessage())
        record.args = None
        return True


class DatabaseUnreachableFilter(logging.Filter):
    """Shorten Django's report of an unreachable database to one line; there is one per request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Remove the traceback of an unreachable database; return True."""
        fault = record.exc_info[1] if record.exc_info else None
        if is_database_unreachable(fault):
            first = str(fault).strip().partition("\n")[0]
            record.msg, record.args = "%s (database does not answer: %s)", (record.getMessage(), first)
            record.exc_info = record.exc_text = None
        return True


class LineFormatter(logging.Formatter):
    """Format `2026-03-08T20:04:11Z INFO stoppress.edge message`; tracebacks are redacted too."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = ""

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """Return one line per request: the edge logs several in one record (edge/http/access_log.py)."""
        whole = super().formatMessage(record)
        if record.name != "uvicorn.access" or "\n" not in record.message:
            return whole
        return whole.replace("\n", "\n" + whole.removesuffix(record.message))

    def formatException(self, ei):  # type: ignore[no-untyped-def]  # noqa: N802  (logging's own name)
        """Return the redacted traceback."""
        return redact(super().formatException(ei))
