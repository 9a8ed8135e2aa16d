"""Parse client addresses, and return the networks around them for rate limits and access rules."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

UNKNOWN_CLIENT = "unknown"
"""The key of all clients whose address cannot be parsed."""


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address in `text`, or None if there is none.

    An IPv4 address that a dual-stack socket reports as IPv6 (`::ffff:192.0.2.1`) is returned as IPv4. A zone
    identifier (`fe80::1%eth0`) is dropped.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def network_around(address: IPv4Address | IPv6Address, *, ipv4: int, ipv6: int) -> str:
    """Return the network of `address` with a prefix of `ipv4` or `ipv6` bits: `192.0.2.0/24`."""
    return str(ip_network((address, ipv4 if address.version == 4 else ipv6), strict=False))


def client_key(text: str) -> str:
    """Return the key that stands for one client: its IPv4 address, its IPv6 /64 network, or UNKNOWN_CLIENT."""
    address = parse_address(text)
    if address is None:
        return UNKNOWN_CLIENT
    return str(address) if address.version == 4 else network_around(address, ipv4=32, ipv6=64)


def client_network(client: str) -> str:
    """Return the network around a client (an address or its key): an IPv4 /24, an IPv6 /48, or UNKNOWN_CLIENT."""
    address = parse_address(client.partition("/")[0])
    return network_around(address, ipv4=24, ipv6=48) if address else UNKNOWN_CLIENT


def internet_network(peer: str) -> str:
    """Return the network around a public address, as `client_network` does, or "" for any other address."""
    address = parse_address(peer)
    return client_network(str(address)) if address and address.is_global else ""


def client_behind_proxy(
    peer: str, forwarded_for: str, trusted_proxies: Collection[IPv4Network | IPv6Network], hops: int = 1
) -> str:
    """Return the client's address: `peer`, or the one for which trusted proxies forward the request.

    Each proxy appends the address of its own client to X-Forwarded-For. So the last `hops` addresses are trustworthy.
    Addresses of trusted proxies among those further left are skipped too.

    Args:
        peer: the address of the connection.
        forwarded_for: X-Forwarded-For.
        trusted_proxies: networks of the proxies.
        hops: number of proxies in front of this server.
    """
    addresses = [without_port(each.strip()) for each in forwarded_for.split(",")]
    if not addresses[-1] or not is_in_networks(peer, trusted_proxies):
        return peer.removeprefix("::ffff:")
    index = max(len(addresses) - hops, 0)
    while index and is_in_networks(addresses[index], trusted_proxies):
        index -= 1
    return addresses[index]


def without_port(address: str) -> str:
    """Return an address of X-Forwarded-For without the port that some proxies add."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def is_loopback(text: str) -> bool:
    """Return True if `text` is an address of the loopback interface."""
    address = parse_address(text)
    return address is not None and address.is_loopback


def is_in_networks(text: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Return True if the address in `text` is in one of `networks`; an IPv4-mapped address counts as IPv4."""
    address = parse_address(text)
    return address is not None and any(address in network for network in networks)
