"""`stoppress dkim`: what to write into the DNS, so that mail signed here can be checked."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import set_up
from stoppress.service.errors import CommandError

MAX_TXT_STRING_CHARACTERS = 255
"""Bytes of one string in a TXT record (RFC 1035 3.3)."""


def add_to(verbs: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = verbs.add_parser("dkim", help="print the DNS records of the keys that mail is signed with")
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Print a line of a zone file for each key."""
    set_up()
    from stoppress.delivery.message.dkim_keys import load_configured_keys, dns_record

    try:
        records = [dns_record(key) for key in load_configured_keys()]
    except ValueError as error:
        raise CommandError(f"STOPPRESS_DKIM_KEYS: {error}") from error
    if not records:
        raise CommandError("STOPPRESS_DKIM_KEYS is not set: mail is not signed here")
    for name, text in records:
        strings = [f'"{text[start : start + MAX_TXT_STRING_CHARACTERS]}"' for start in range(0, len(text), MAX_TXT_STRING_CHARACTERS)]
        print(f"{name}. IN TXT ( {' '.join(strings)} )")
    return 0
