"""Check at start that key files named in settings can be used by the roles that need them."""

from collections.abc import Iterable

from django.conf import settings

from stoppress.service.errors import CommandError


def check_key_files(roles: Iterable[str]) -> None:
    """Read the DKIM keys for the role mailer, and the TLS certificates for the role bounces.

    Without this check the child process would fail and restart without end, while the rest seems to work.

    Raises:
        CommandError: a file is missing, cannot be read or holds no key of the kind.
    """
    if "mailer" in roles and settings.DKIM_KEYS:
        from stoppress.delivery.message.dkim_keys import load_configured_keys

        try:
            load_configured_keys()
        except ValueError as error:
            raise CommandError(f"dkim_keys: {error}") from error
    if "bounces" in roles:
        for address in settings.BOUNCE_LISTEN_ADDRESSES:
            try:
                address.tls_context()
            except OSError as error:  # ssl.SSLError is one
                fault = f"the certificate {address.certificate} or its key cannot be used: {error.strerror or error}"
                raise CommandError(f"bounce_listen_addresses: {fault}") from error
