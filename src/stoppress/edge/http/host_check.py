"""The Host check outside Django: the same that Django makes on every other request; and how Django's is logged."""

import logging
from functools import lru_cache

from django.conf import settings
from django.http.request import split_domain_port, validate_host

MAX_LOGGED_HOST_CHARACTERS = 80


@lru_cache(maxsize=256)
def is_host_allowed(host: bytes) -> bool:
    """Whether this installation answers to `host`, as it stands in a Host header."""
    domain, _ = split_domain_port(host.decode("latin-1"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


class DisallowedHostFilter(logging.Filter):
    """Makes Django's report of a bad Host one short line: anybody can cause as many of them as they like."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, as a warning without a traceback."""
        request = getattr(record, "request", None)
        host = request.META.get("HTTP_HOST", "") if request else ""
        shown = ascii(host[:MAX_LOGGED_HOST_CHARACTERS]) + ("…" if len(host) > MAX_LOGGED_HOST_CHARACTERS else "")
        record.msg, record.args = "refused, this is not its host: %s", (shown,)
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        return True
