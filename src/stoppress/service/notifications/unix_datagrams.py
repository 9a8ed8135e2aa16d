"""Hints between processes of one machine: a Unix datagram socket per process, in the home folder.

    ring(topic) ─► carrier ─► one datagram to every `run/*.bell` ─► ring_here(topic) in the other process

Nobody waits for anybody: a full or forgotten socket loses the hint, and its process looks within a second (law 2).
"""

import contextlib
import logging
import os
import socket
import tempfile
from pathlib import Path

from stoppress.runtime import notifications

log = logging.getLogger(__name__)

TOPICS = {notifications.CHANGES, notifications.MAIL, notifications.WRITING}
LONGEST_ADDRESS = 100
"""Bytes in the path of a Unix socket (108 with its end on Linux, 104 elsewhere)."""


def folder_of(home: Path) -> Path:
    """Where the processes of an installation leave what the others need to know."""
    place = home / "run"
    if len(os.fsencode(place)) + 20 > LONGEST_ADDRESS:
        stat = home.stat()
        place = Path(tempfile.gettempdir(), f"stoppress-{os.getuid()}-{stat.st_dev:x}-{stat.st_ino:x}")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        raise PermissionError(f"{place} belongs to somebody else")
    return place


class Bell:
    """Carries this process's hints to the others; `listen` lets it hear theirs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mine = folder / f"{os.getpid()}.bell"
        self._out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._out.setblocking(False)
        self._in: socket.socket | None = None
        self._stop_carrying = notifications.carry(self.ring)

    def ring(self, topic: str) -> None:
        """Tell every other process. Sockets whose process is gone are removed."""
        for name in os.listdir(self.folder):
            if not name.endswith(".bell") or (name == self._mine.name and self._in is not None):
                continue
            try:
                self._out.sendto(topic.encode(), str(self.folder / name))
            except ConnectionRefusedError:
                (self.folder / name).unlink(missing_ok=True)
            except OSError:
                log.debug("%s does not take hints just now", name)

    def listen(self) -> int:
        """Begin to hear the others; the descriptor to wait on. Call `take` whenever it is readable."""
        self._mine.unlink(missing_ok=True)
        self._in = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._in.setblocking(False)
        self._in.bind(str(self._mine))
        return self.descriptor

    @property
    def descriptor(self) -> int:
        """What to wait on; -1 while not listening."""
        return self._in.fileno() if self._in is not None else -1

    def take(self) -> None:
        """Pass on what has come: many hints of one topic are one."""
        heard: set[str] = set()
        with contextlib.suppress(BlockingIOError):
            while self._in is not None:
                heard.add(self._in.recv(64).decode("ascii", "replace"))
        for topic in heard & TOPICS:
            notifications.ring_here(topic)

    def deafen(self) -> None:
        """Hear no more."""
        if self._in is not None:
            self._in.close()
            self._in = None
            self._mine.unlink(missing_ok=True)

    def close(self) -> None:
        """Neither tell nor hear any more."""
        self._stop_carrying()
        self._out.close()
        self.deafen()
