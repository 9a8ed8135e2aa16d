"""Check the port to listen on."""

import argparse
import socket

from stoppress.service.errors import CommandError

MAX_PORT = 65_535
MAX_HOST_CHARACTERS = 253


def port_number(text: str) -> int:
    """Parse `--port`. Larger numbers would wrap around silently in the socket call."""
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {MAX_PORT}, got {text!r}")
    return port


def check_port_is_free(host: str, port: int) -> None:
    """Check before the start that the address can be listened on.

    Raises:
        CommandError: it cannot.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except UnicodeError:
        raise CommandError(
            f"--host must be an address or the name of a host, got {host[:MAX_HOST_CHARACTERS]!r}"
        ) from None
    except OSError as error:
        shown = host if host.isprintable() and len(host) <= MAX_HOST_CHARACTERS else repr(host[:MAX_HOST_CHARACTERS])
        raise CommandError(f"cannot listen on {shown} port {port}: {error.strerror or error}") from error
