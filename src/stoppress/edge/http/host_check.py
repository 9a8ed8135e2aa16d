"""The Host check for responses written without Django: the same check, and a short log line for a wrong Host."""

import logging
from functools import lru_cache

from django.conf import settings
from django.http.request import split_domain_port, validate_host

MAX_LOGGED_HOST_CHARACTERS = 80


@lru_cache(maxsize=256)
def is_host_allowed(host: bytes) -> bool:
    """Return True if ALLOWED_HOSTS contains `host`, the value of a Host header."""
    domain, _ = split_domain_port(host.decode("latin-1"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


class DisallowedHostFilter(logging.Filter):
    """Turns Django's report of a wrong Host into one short line, because any client can cause many of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, as a warning without a traceback."""
        request = getattr(record, "request", None)
        host = request.META.get("HTTP_HOST", "") if request else ""
        logged_host = ascii(host[:MAX_LOGGED_HOST_CHARACTERS]) + ("…" if len(host) > MAX_LOGGED_HOST_CHARACTERS else "")
        record.msg, record.args = "request refused: Host %s is not in ALLOWED_HOSTS", (logged_host,)
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        return True
