"""Check the address that mail is sent from: its name in the reverse DNS must lead back to it (FCrDNS)."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address

from django.utils.translation import gettext as _

from stoppress.alerts.preflight.dns_lookup import DnsFaultError, DnsLookup
from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, run_check, warning
from stoppress.alerts.preflight.receivers import Receivers
from stoppress.smtp import RelayAddress

PUBLIC_EXAMPLES = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses for documentation: to connect a UDP socket sends nothing, but shows the address of this machine."""


def check_sending_addresses(
    relays: Sequence[RelayAddress], addresses: Sequence[str], lookup: DnsLookup
) -> list[PreflightFinding]:
    """Return one finding per sending address.

    Args:
        relays: a relay on this machine sends from an address of this machine, another one from its own.
        addresses: the addresses if the operator names them.
        lookup: queries the DNS.
    """
    name = _("Reverse DNS")
    if not addresses and any(not relay.is_local for relay in relays):
        message = _("The relay sends from addresses of its own: its operator names them in the DNS.")
        return [
            note(name, message, _("Check them with “stoppress check mail --address”."), receivers=Receivers.UNKNOWN)
        ]
    own = list(addresses) or own_public_addresses()
    if not own:
        message = _("This machine has no public address: it is not known from which one mail is sent.")
        return [note(name, message, _("Check it with “stoppress check mail --address”."), receivers=Receivers.UNKNOWN)]
    return [finding for address in own for finding in run_check(name, partial(check_address, address, lookup))]


def check_address(address: str, lookup: DnsLookup) -> PreflightFinding:
    """Check that a name of the address has this address."""
    name = _("Reverse DNS")
    try:
        names = lookup.host_names(address)
        confirmed = [host for host in names if ip_address(address) in map(ip_address, lookup.addresses(host))]
    except DnsFaultError:
        return note(name, _("Could not be checked: no resolver answered."), receivers=Receivers.UNKNOWN)
    if confirmed:
        message = _("{address} is {name}, and {name} is {address}.").format(address=address, name=confirmed[0])
        return fine(name, message, receivers=Receivers.ACCEPT)
    advice = _("Let the provider of the address set its name (PTR), and give that name this address.")
    if not names:
        message = _("{address} has no name.").format(address=address)
    else:
        message = _("{address} is named {name}, but {name} does not lead back to it.").format(
            address=address, name=names[0]
        )
    return warning(name, message, advice, receivers=Receivers.NO_REVERSE_NAME)


def own_public_addresses() -> list[str]:
    """Return the public addresses from which this machine would send; empty behind address translation."""
    found = []
    for family, target in PUBLIC_EXAMPLES:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 25))
            address = str(probe.getsockname()[0])
            if ip_address(address).is_global:
                found.append(address)
    return found
