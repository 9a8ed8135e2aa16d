"""Postfix's test programs: a sink that accepts everything, and a source as the peer."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

from bench.servers.installation import free_port

FOLDERS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/libexec/postfix:/usr/local/sbin"
CONNECTIONS_WAITING = 1000
BATCH = 20_000
"""Messages of one run of smtp-source that must last for some time."""


def find_program(name: str) -> str | None:
    """Return the path of a program if it is installed (Debian: postfix; `make bench-deps`)."""
    return shutil.which(name, path=FOLDERS)


@contextlib.contextmanager
def smtp_sink() -> Iterator[int]:
    """Yield the port of a running smtp-sink; raise RuntimeError if it is not installed."""
    program, port = find_program("smtp-sink"), free_port()
    if program is None:
        raise RuntimeError("smtp-sink is missing: `make bench-deps` installs it")
    user = ["-u", "nobody"] if os.geteuid() == 0 and _exists("nobody") else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", str(CONNECTIONS_WAITING)])
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def source_command(port: int, messages: int, size: int, connections: int) -> list[str] | None:
    """Return the command of smtp-source with persistent connections; None if it is not installed."""
    program = find_program("smtp-source")
    if program is None:
        return None
    command = [program, "-d", "-s", str(connections), "-l", str(size), "-m", str(messages)]
    return [*command, "-f", "bounce@lists.example", "-t", "reader@town.example", f"127.0.0.1:{port}"]


def source_rate(port: int, messages: int, size: int, connections: int) -> float | None:
    """Return the messages per second of smtp-source; None if it is not installed."""
    command = source_command(port, messages, size, connections)
    if command is None:
        return None
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return messages / (time.perf_counter() - begun)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _wait(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
