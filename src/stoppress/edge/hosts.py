"""The Host check outside Django: the same that Django makes on every other request."""

from functools import lru_cache

from django.conf import settings
from django.http.request import split_domain_port, validate_host


@lru_cache(maxsize=256)
def host_allowed(host: bytes) -> bool:
    """Whether this installation answers to `host`, as it stands in a Host header."""
    domain, _ = split_domain_port(host.decode("latin-1"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
