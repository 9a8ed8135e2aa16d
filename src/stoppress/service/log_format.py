"""Log format that an operator can share: one line per event, without tokens and with masked addresses."""

import logging
import re
import threading
import time
from collections.abc import Callable

from stoppress.runtime.mail_masking import mask_mail_addresses_in
from stoppress.runtime.storage_faults import StorageFault, find_storage_fault, recent_fault

TOKENS = re.compile(r"(?i)(alerts/+[a-z]+/+)[^\s?\"]+")
QUERIES = re.compile(r"(?i)([?&][a-z_]{0,20}token=)[^\s&\"]+")
"""Tokens in a query string: the product does not use them there, but people write such links."""
DESK_QUERIES = re.compile(r"(/desk/[^\s?\"]*\?)[^\s\"]+")
"""Queries of the desk: they may hold words that are not published."""
BEARER = re.compile(r"(?i)(bearer\s+)\S+")
FAULT_REPEAT_SECONDS = 60.0
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def redact(text: str) -> str:
    """Return `text` without tokens and with addresses masked as `a…@host`."""
    text = DESK_QUERIES.sub(r"\1…", text)
    text = BEARER.sub(r"\1…", QUERIES.sub(r"\1…", TOKENS.sub(r"\1…", text)))
    return CONTROL.sub("?", mask_mail_addresses_in(text))


class RedactingFilter(logging.Filter):
    """Redact the formatted message of a record before any handler gets it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the message and return True."""
        record.msg = redact(record.getMessage())
        record.args = None
        return True


class StorageFaultFilter(logging.Filter):
    """Log a fault of disk or database in one line a minute, without traceback, whatever fails because of it.

    On a full disk the log would take the last bytes. A fault of another kind has its own line.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock, self._lock = clock, threading.Lock()
        self._faults: dict[StorageFault, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record of a fault; return False if the fault was logged within the last minute."""
        error = record.exc_info[1] if record.exc_info else None
        fault = find_storage_fault(error)
        if fault is None:
            return True
        recent_fault.record(fault)
        now = self._clock()
        with self._lock:
            logged_at, omitted = self._faults.get(fault, (float("-inf"), 0))
            is_due = now - logged_at >= FAULT_REPEAT_SECONDS
            self._faults[fault] = (now, 0) if is_due else (logged_at, omitted + 1)
        first = str(error).strip().partition("\n")[0]
        more = f"; {omitted} more since the last line" if omitted else ""
        record.msg, record.args = "%s: %s (%s)%s", (fault, record.getMessage(), first, more)
        record.exc_info = record.exc_text = None
        return is_due


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
