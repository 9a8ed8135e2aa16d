"""Lists of IP networks, as settings give them: trusted proxies, addresses that may read the metrics."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address


def is_in_networks(address: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Return True if `address` is an IP address in one of the networks; an IPv4-mapped one counts as IPv4."""
    try:
        known = ip_address(address.removeprefix("::ffff:"))
    except ValueError:
        return False
    return any(known in network for network in networks)
