"""The port to listen on: a number that is one, and an address that is free."""

import argparse
import socket

from stoppress.service.errors import CommandError

MAX_PORT = 65_535


def port_number(text: str) -> int:
    """The type of `--port`. Larger numbers would wrap round silently further down."""
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; a number from 1 to {MAX_PORT} is")
    return port


def check_port_is_free(host: str, port: int) -> None:
    """Say before anything is begun that this address cannot be listened on. Raises CommandError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
