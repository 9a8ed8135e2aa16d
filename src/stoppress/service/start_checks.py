"""Check at the start that the files which settings name can be used by the roles that need them."""

from collections.abc import Iterable

from django.conf import settings

from stoppress.service.errors import CommandError


def check_key_files(roles: Iterable[str]) -> None:
    """Read the DKIM keys for the role mailer, and the TLS certificates for the role bounces.

    Otherwise the child with that role would end again and again, while the rest seems to be up.

    Raises:
        Refused: a file is missing, cannot be read or holds no such key.
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
                address.tls()
            except OSError as error:  # ssl.SSLError is one
                fault = f"the certificate {address.certificate} or its key cannot be used: {error.strerror or error}"
                raise CommandError(f"bounce_listen_addresses: {fault}") from error
