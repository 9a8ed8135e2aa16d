"""The worker processes of a running installation, and readers that find out which worker serves them."""

import json
from pathlib import Path

from tests.support.installation import Installation
from tests.support.raw_http import RawConnection

LISTEN_STATE = "0A"
"""State of a listening socket in /proc/net/tcp."""


def worker_pids(installation: Installation) -> list[int]:
    """Return the process ids of the workers."""
    return [pid for pid in installation.child_pids() if b"--worker" in command_line(pid)]


def command_line(pid: int) -> bytes:
    """Return the command line of a process, or b"" if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def count_listening_sockets(port: int) -> int:
    """Return how many sockets listen on `port`: each worker has its own."""
    return sum(row[1].endswith(f":{port:04X}") and row[3] == LISTEN_STATE for row in _tcp_sockets())


def serving_worker(connection: RawConnection, pids: list[int]) -> int:
    """Return the worker that has accepted `connection`; to be called after a response.

    Raises:
        LookupError: none of `pids` has accepted it.
    """
    (_, own_port), (_, port) = connection.addresses
    for row in _tcp_sockets():
        if row[1].endswith(f":{port:04X}") and row[2].endswith(f":{own_port:04X}"):
            for pid in pids:
                if f"socket:[{row[9]}]" in _open_files(pid):
                    return pid
    raise LookupError(f"no worker has accepted the connection from port {own_port}")


def _tcp_sockets() -> list[list[str]]:
    """Return the rows of /proc/net/tcp: column 1 is the local address, 2 the remote one, 3 the state, 9 the inode."""
    return [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]


def _open_files(pid: int) -> set[str]:
    targets = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            targets.add(str(path.readlink()))
        except OSError:
            continue  # closed since it was listed
    return targets


class WorkerReader(RawConnection):
    """A connection that can find out which worker serves it, and follow a stream."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.head: list[bytes] = []

    def worker(self, pids: list[int]) -> int:
        """Return the worker that serves this connection."""
        return serving_worker(self, pids)

    def open_stream(self, slug: str, after: str = "") -> "WorkerReader":
        """Request the stream of a live blog, and read the head of its response."""
        self.send(self.build_request(f"/live/{slug}/stream" + (f"?after={after}" if after else "")))
        assert self._file.readline().startswith(b"HTTP/1.1 200")
        self.head = list(iter(self._file.readline, b"\r\n"))
        return self

    def read_changes(self, until: int) -> list[str]:
        """Return the data lines of the stream up to the change numbered `until`."""
        lines: list[str] = []
        for line in iter(self._file.readline, b""):
            if line.startswith(b'data: {"seq"'):
                lines.append(line.decode())
                if json.loads(line[6:])["seq"] >= until:
                    return lines
        raise EOFError("the stream ended before the change")
