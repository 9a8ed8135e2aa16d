"""Thousands of readers in one light process: raw epoll without a library, so that the server is saturated first.

python -m bench.fanout.sse_clients     commands as JSON lines on standard input, one answer each

{"do": "open", "readers": 9000, "port": 8000, "path": "/live/x/stream", "stalled": 0}   until all have an answer
{"do": "follow", "last": "…", "seconds": 600}    "ready", then the latency of each frame with a SENT mark, until `last`
{"do": "hear", "marker": "…", "seconds": 20}     "ready", then when each reader had the marker
{"do": "return", "marker": "…", "cursor": "…", "seconds": 60}      "ready"; disconnected, reconnect, catch up
"""

import contextlib
import errno
import heapq
import itertools
import json
import os
import random
import re
import resource
import select
import socket
import sys
import time
from typing import Any

NO_PORT_YET = 24
"""IP_BIND_ADDRESS_NO_PORT of Linux: the port is chosen when it connects."""
SAID_BYE = re.compile(rb'event: bye\ndata: {"wait":([0-9.]+)}')
TAIL = 256
SENT = "sent-at-%015d"
"""In a post that is timed: when it was sent, in microseconds of the machine's monotonic clock."""
SAID_SENT = re.compile(rb"sent-at-([0-9]{15})")


def keep_to_one_core() -> None:
    """Leave the other cores to the server that is measured: readers it wakes are else pulled to its own."""
    if hasattr(os, "sched_setaffinity") and len(cores := os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {max(cores)})


class SseClients:
    """Readers of one stream, by file descriptor."""

    def __init__(self) -> None:
        self.sockets: dict[int, socket.socket] = {}
        self.stalled: list[socket.socket] = []
        self.epoll = select.epoll()
        self.tails: dict[int, bytes] = {}
        self.port, self.path = 0, ""
        self.sample = b""
        self._numbers = itertools.count()

    def open(self, order: dict[str, Any]) -> dict[str, Any]:
        """Open so many streams, some of which never read; return when each has its answer."""
        self.close()
        self.port, self.path = order["port"], order["path"]
        begun = time.monotonic()
        for start in range(0, order["readers"], 200):
            fresh = [self._connect() for _ in range(start, min(start + 200, order["readers"]))]
            self._await_answers({one.fileno() for one in fresh})
        for _ in range(order.get("stalled", 0)):
            one = self._connect(small=True)
            self._await_answers({one.fileno()})
            self.epoll.unregister(one.fileno())
            self.stalled.append(self.sockets.pop(one.fileno()))
        return {"open": len(self.sockets), "seconds": time.monotonic() - begun}

    def obey(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """Do one order; its answer."""
        deeds = {"open": self.open, "hear": self.hear, "follow": self.follow, "return": self.come_back}
        if order["do"] in deeds:
            return deeds[order["do"]](order)
        self.close()
        return None

    def close(self) -> None:
        """Leave, all at once."""
        for one in [*self.sockets.values(), *self.stalled]:
            one.close()
        self.sockets.clear()
        self.stalled.clear()
        self.tails.clear()

    def hear(self, order: dict[str, Any]) -> dict[str, Any]:
        """Wait until all readers have the marker; return their times (monotonic clock)."""
        return self._gather(order["marker"].encode(), set(self.sockets), order["seconds"])

    def follow(self, order: dict[str, Any]) -> dict[str, Any]:
        """Read until all readers have the last frame; return the latency of each frame at each reader in seconds."""
        last, until = order["last"].encode(), time.monotonic() + order["seconds"]
        newest, missing, took = dict.fromkeys(self.sockets, b""), set(self.sockets), list[float]()
        while missing and time.monotonic() < until:
            for number, _ in self.epoll.poll(0.05, 512):
                data = self._read(number)
                if data is None or last in data:
                    missing.discard(number)
                now = time.monotonic()
                for sent in sorted(set(SAID_SENT.findall(data or b""))):
                    if sent > newest[number]:
                        newest[number] = sent
                        took.append(now - int(sent) / 1e6)
        return {"count": len(took), "missing": len(missing), **spread(took)}

    def come_back(self, order: dict[str, Any]) -> dict[str, Any]:
        """Wait for the disconnection, reconnect at the given time with the cursor, and wait for the marker."""
        marker, until = order["marker"].encode(), time.monotonic() + order["seconds"]
        due: list[float] = []
        missing: set[int] = set()
        left, refused = set(self.sockets), 0
        moments: list[float] = []
        wanted = len(left)
        while len(moments) < wanted and time.monotonic() < until:
            while due and due[0] <= time.monotonic():
                heapq.heappop(due)
                try:
                    missing.add(self._connect(cursor=order["cursor"]).fileno())
                except OSError:
                    refused += 1
                    heapq.heappush(due, time.monotonic() + random.uniform(0.5, 1.5))
            for number, _ in self.epoll.poll(0.02):
                data = self._read(number)
                if data is None:
                    wait = SAID_BYE.search(self.tails.pop(number, b""))
                    heapq.heappush(due, time.monotonic() + (float(wait[1]) if wait else random.uniform(1.5, 4.5)))
                    wanted += number not in left and number not in missing
                    missing.discard(number)
                    left.discard(number)
                elif number in missing and marker in data:
                    missing.discard(number)
                    moments.append(time.monotonic())
        return {"moments": spread(moments), "got": len(moments), "refused": refused}

    def _gather(self, marker: bytes, missing: set[int], seconds: float) -> dict[str, Any]:
        until, moments = time.monotonic() + seconds, []
        while missing and time.monotonic() < until:
            for number, _ in self.epoll.poll(0.05, 512):
                data = self._read(number)
                if data is None:
                    missing.discard(number)
                elif number in missing and marker in data:
                    moments.append(time.monotonic())
                    missing.discard(number)
        return {"moments": spread(moments), "got": len(moments), "sample": self.sample.decode("utf-8", "replace")}

    def _connect(self, cursor: str = "", small: bool = False) -> socket.socket:
        one = socket.socket()
        if small:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        come_from(one, next(self._numbers))
        try:
            one.connect(("127.0.0.1", self.port))
        except OSError:
            one.close()
            raise
        last = f"Last-Event-ID: {cursor}\r\n" if cursor else ""
        one.sendall(f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{last}\r\n".encode())
        one.setblocking(False)
        self.epoll.register(one.fileno(), select.EPOLLIN)
        self.sockets[one.fileno()] = one
        return one

    def _await_answers(self, missing: set[int]) -> None:
        found = self._gather(b" 200 ", missing, 30)
        if missing:
            raise RuntimeError(f"{len(missing)} streams were not opened; {found['got']} were")

    def _read(self, number: int) -> bytes | None:
        """Return new bytes after the end of earlier ones; None if the connection is closed."""
        try:
            data = self.sockets[number].recv(65536)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return b""
            data = b""
        if not data:
            self.epoll.unregister(number)
            self.sockets.pop(number).close()
            return None
        before = self.tails.get(number)
        if b"event: change" in data or len(data) > 900:
            self.sample = data
        whole = before + data if before else data
        if data[-2:] == b"\n\n" and b"event: bye" not in data[-80:]:
            self.tails.pop(number, None)
        else:
            self.tails[number] = whole[-TAIL:]
        return whole


def spread(moments: list[float]) -> dict[str, float]:
    """First, middle, 99 % and last of the moments."""
    if not moments:
        return {}
    ordered = sorted(moments)
    at = {"first": 0, "p50": len(ordered) // 2, "p99": int(len(ordered) * 0.99), "last": len(ordered) - 1}
    return {name: ordered[min(index, len(ordered) - 1)] for name, index in at.items()}


def come_from(one: socket.socket, number: int) -> None:
    """Give a socket one of many addresses of this machine, as readers come from many.

    From a single one the kernel looks for a free port among thousands that are taken: 12 ms for each connection.
    """
    one.setsockopt(socket.IPPROTO_IP, NO_PORT_YET, 1)
    one.bind((f"127.0.{1 + number % 200}.1", 0))


def raise_limit() -> None:
    """As many open files as this process may have."""
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    """Run commands until standard input ends."""
    raise_limit()
    clients = SseClients()
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] in ("hear", "follow", "return"):
            print("ready", flush=True)
        print(json.dumps(clients.obey(order)), flush=True)


if __name__ == "__main__":
    keep_to_one_core()
    main()
