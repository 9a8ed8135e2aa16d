"""Detect on standard input that the parent process ended or wants this process to stop.

The parent holds the other end of a pipe or socket and closes it. Under a service manager standard input is /dev/null:
then there is no parent to watch.
"""

import _thread
import asyncio
import contextlib
import os
import select
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator

POLL_SECONDS = 0.1


def parent_descriptor() -> int | None:
    """Return the file descriptor of standard input if a parent holds its other end, else None."""
    try:
        descriptor = sys.stdin.fileno()
        kind = os.fstat(descriptor).st_mode
    except (OSError, ValueError, AttributeError):
        return None
    return descriptor if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) else None


def parent_socket() -> socket.socket | None:
    """Return standard input as a socket if it is one, else None."""
    descriptor = parent_descriptor()
    if descriptor is None or not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return None
    return socket.socket(fileno=os.dup(descriptor))


@contextlib.contextmanager
def interrupted_by_parent() -> Iterator[None]:
    """Raise KeyboardInterrupt in the main thread if the supervisor closes its end meanwhile.

    For a long start, before `watch_parent` can take over.
    """
    supervisor, finished = parent_socket(), threading.Event()

    def watch(supervisor: socket.socket) -> None:
        while not finished.wait(POLL_SECONDS):
            if select.select([supervisor], [], [], 0)[0] and not supervisor.recv(1, socket.MSG_PEEK):
                _thread.interrupt_main()
                return

    if supervisor is not None:
        threading.Thread(target=watch, args=[supervisor], name="parent", daemon=True).start()
    try:
        yield
    finally:
        finished.set()


class ParentPipe(asyncio.Protocol):
    """Call `on_closed` when the parent closes its end, and `on_data` with the bytes that it writes."""

    def __init__(self, on_closed: Callable[[], None], on_data: Callable[[bytes], None] | None = None) -> None:
        self._on_closed, self._on_data = on_closed, on_data

    def data_received(self, data: bytes) -> None:
        """Pass the parent's bytes to `on_data`."""
        if self._on_data is not None:
            self._on_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Call `on_closed`: the parent closed its end."""
        self._on_closed()


async def watch_parent(
    on_closed: Callable[[], None], on_data: Callable[[bytes], None] | None = None
) -> asyncio.BaseTransport | None:
    """Watch standard input from the running loop.

    Args:
        on_closed: Called once, when the parent closes its end or ends.
        on_data: Called with the bytes that the parent writes.

    Returns:
        The transport, which the caller closes, or None if there is no parent to watch.
    """
    if parent_descriptor() is None:
        return None
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: ParentPipe(on_closed, on_data), sys.stdin)
    return transport
