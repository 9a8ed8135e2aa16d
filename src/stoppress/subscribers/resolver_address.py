"""Parse the address of a name server, as STOPPRESS_RESOLVER gives it."""

from ipaddress import ip_address

DNS_PORT = 53


def parse_resolver_address(text: str) -> tuple[str, int]:
    """Return IP address and port of `127.0.0.1:53`, `[::1]:53`, or the same without a port.

    Raises:
        ValueError: the host is no IP address, or the port is not between 1 and 65535.
    """
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]") or (text.count(":") > 1 and not text.startswith("[")):
        host, port = text, str(DNS_PORT)
    host = host.strip("[]")
    ip_address(host)
    if not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        raise ValueError(f"the port of a name server must be between 1 and 65535, got {port!r}")
    return host, int(port)
