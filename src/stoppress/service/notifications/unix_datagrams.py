"""Notifications between processes of one machine: a Unix datagram socket per process, in the home folder.

    notify(topic) ─► transport ─► one datagram to every `run/*.notify` ─► notify_local(topic) in the other process

No process waits: a full or stale socket loses the notification, and its process polls within a second (law 2).
"""

import contextlib
import logging
import os
import socket
import tempfile
from pathlib import Path

from stoppress.runtime import notifications

log = logging.getLogger(__name__)

TOPICS = {notifications.CHANGES, notifications.MAIL, notifications.INTERACTIVE_WRITE}
MAX_SOCKET_PATH_BYTES = 100
"""Maximum length of the path of a Unix socket (limit 108 on Linux, 104 elsewhere, terminator included)."""


def socket_folder(home: Path) -> Path:
    """Return the folder for files that the processes of an installation share.

    Raises:
        PermissionError: the folder belongs to another user.
    """
    folder = home / "run"
    if len(os.fsencode(folder)) + 20 > MAX_SOCKET_PATH_BYTES:
        stat = home.stat()
        folder = Path(tempfile.gettempdir(), f"stoppress-{os.getuid()}-{stat.st_dev:x}-{stat.st_ino:x}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    return folder


class NotificationSocket:
    """Send this process's notifications to the others; after `listen`, receive theirs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own_path = folder / f"{os.getpid()}.notify"
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        self._receiver: socket.socket | None = None
        self._remove_transport = notifications.add_transport(self.send)

    def send(self, topic: str) -> None:
        """Send a topic to every other process. Sockets whose process ended are removed."""
        for path in self.folder.iterdir():
            if path.suffix != ".notify" or (path == self._own_path and self._receiver is not None):
                continue
            try:
                self._sender.sendto(topic.encode(), str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)
            except OSError:
                log.debug("%s does not accept notifications now", path.name)

    def listen(self) -> int:
        """Start to receive; return the descriptor to wait on. Call `take` whenever it is readable."""
        self._own_path.unlink(missing_ok=True)
        self._receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._receiver.setblocking(False)
        self._receiver.bind(str(self._own_path))
        return self.descriptor

    @property
    def descriptor(self) -> int:
        """Return the descriptor to wait on; -1 while not receiving."""
        return self._receiver.fileno() if self._receiver is not None else -1

    def take(self) -> None:
        """Forward received topics to this process, each once."""
        topics: set[str] = set()
        with contextlib.suppress(BlockingIOError):
            while self._receiver is not None:
                topics.add(self._receiver.recv(64).decode("ascii", "replace"))
        for topic in topics & TOPICS:
            notifications.notify_local(topic)

    def close_receiver(self) -> None:
        """Stop receiving."""
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None
            self._own_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop sending and receiving."""
        self._remove_transport()
        self._sender.close()
        self.close_receiver()
