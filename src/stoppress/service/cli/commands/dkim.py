"""`stoppress dkim`: print the DNS records of the DKIM keys."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import set_up
from stoppress.service.errors import CommandError

MAX_TXT_STRING_CHARACTERS = 255
"""Maximum length of one string in a TXT record (RFC 1035 §3.3)."""


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = commands.add_parser("dkim", help="print the DNS records of the DKIM keys")
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Print one line of a zone file for each key."""
    set_up()
    from stoppress.delivery.message.dkim_keys import dns_record, load_configured_keys

    try:
        records = [dns_record(key) for key in load_configured_keys()]
    except ValueError as error:
        raise CommandError(f"STOPPRESS_DKIM_KEYS: {error}") from error
    if not records:
        raise CommandError("STOPPRESS_DKIM_KEYS is not set: this installation signs no mail")
    for name, text in records:
        strings = [
            f'"{text[start : start + MAX_TXT_STRING_CHARACTERS]}"'
            for start in range(0, len(text), MAX_TXT_STRING_CHARACTERS)
        ]
        print(f"{name}. IN TXT ( {' '.join(strings)} )")
    return 0
