"""Readers' pages for `stoppress bench chaos`: each keeps a cursor, comes back with it, and notes every fault.

A page is any page of the installation: it comes back to whatever machine its network leads it to.
"""

import asyncio
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from stoppress.service.bench.newsroom import SLUG, Newsroom

State = dict[str, tuple[object, ...]]
"""What readers see of each post, by its id."""


@dataclass
class Tale:
    """What happened to all readers."""

    deliveries: int = 0
    twice: int = 0
    gaps: int = 0
    resets: int = 0
    returns: int = 0
    faults: dict[str, int] = field(default_factory=dict)


@lru_cache(maxsize=512)
def parsed(frame: bytes) -> tuple[str, Any]:
    """One frame's event and data: the same bytes come to hundreds of readers."""
    lines = dict(line.split(": ", 1) for line in frame.decode().split("\n") if ": " in line)
    found = json.loads(lines.get("data", "null"))
    return lines.get("event", ""), found | {"seen": seen(found)} if "html" in (found or ()) else found


def seen(change: dict[str, Any]) -> tuple[object, ...]:
    """What a reader sees of the post that was changed, and where."""
    return zlib.crc32(change["html"].encode()), change["place"], change["pinned"], change["withdrawn"], change["title"]


class Page(asyncio.Protocol):
    """One reader's page over as many connections as it takes."""

    def __init__(self, readers: "Readers", cursor: tuple[str, int]) -> None:
        self.readers = readers
        self.epoch, self.seq = cursor
        self.state: State = {}
        self.head: dict[str, Any] = {}
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.wait = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: ask for the stream from where the page stands."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer = transport, b""
        at = f"/live/{SLUG}/stream?after={self.epoch}-{self.seq}"
        transport.write(f"GET {at} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """asyncio: take whole frames."""
        *frames, self.buffer = (self.buffer + data).split(b"\n\n")
        for frame in frames:
            event, found = parsed(frame.rpartition(b"\r\n")[2])
            if event == "change":
                self.take(found)
            elif event == "bye":
                self.wait = found["wait"]
            elif event == "reset" and self.transport:
                self.readers.tale.resets += 1
                self.transport.abort()
                self.seq = -1
                return

    def take(self, change: dict[str, Any]) -> None:
        """Apply one change as a page does."""
        tale = self.readers.tale
        tale.deliveries += 1
        tale.twice += change["seq"] <= self.seq
        tale.gaps += change["seq"] > self.seq + 1
        self.seq, self.head = change["seq"], change["blog"]
        if change["post"]:
            self.state[change["post"]] = change["seen"]

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: come back after a while."""
        self.transport = None
        if not self.readers.over:
            self.readers.tale.returns += 1
            wait, self.wait = self.wait or random.uniform(0, 0.5), 0.0
            asyncio.get_running_loop().call_later(wait, self.readers.bring_back, self)


class Readers:
    """All pages, and how they come to a machine."""

    def __init__(self, any_room: Callable[[], Newsroom]) -> None:
        self._any_room = any_room
        self.tale = Tale()
        self.pages: list[Page] = []
        self.over = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def come(self, count: int) -> str:
        """Open so many pages; the epoch they begin in."""
        page = await self.get(f"/live/{SLUG}")
        at = page.index(b"data-cursor=") + 13
        epoch = page[at : at + 40].split(b'"')[0].decode().rpartition("-")[0]
        self.pages = [Page(self, (epoch, 1)) for _ in range(count)]
        for one in self.pages:
            self.bring_back(one)
        return epoch

    def go(self) -> None:
        """All leave for good."""
        self.over = True
        for page in self.pages:
            if page.transport:
                page.transport.abort()

    def bring_back(self, page: Page) -> None:
        """Open a page's stream again, after loading the page if that was asked for."""
        if not self.over:
            task = asyncio.get_running_loop().create_task(self._connect(page))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def get(self, path: str) -> bytes:
        """One answer's body, of whatever machine."""
        return await asyncio.to_thread(self._any_room().get, path)

    async def _connect(self, page: Page) -> None:
        try:
            if page.seq < 0:
                page.epoch, page.seq, page.state, page.head = await self._load(page.epoch)
            await asyncio.get_running_loop().create_connection(lambda: page, "127.0.0.1", self._any_room().port)
        except (OSError, ValueError, KeyError, asyncio.IncompleteReadError):
            asyncio.get_running_loop().call_later(random.uniform(0.2, 1), self.bring_back, page)

    async def _load(self, epoch: str) -> tuple[str, int, State, dict[str, Any]]:
        """The state now, by way of polling: every change from the first on, as the posts are now."""
        state: State = {}
        head: dict[str, Any] = {}
        cursor = f"{epoch}-1"
        while True:
            found = json.loads(await self.get(f"/live/{SLUG}/changes/{cursor}"))
            state |= {change["post"]: seen(change) for change in found["changes"] if change["post"]}
            head = found["changes"][-1]["blog"] if found["changes"] else head
            cursor = found["cursor"]
            if not found.get("more"):
                return epoch, int(cursor.rpartition("-")[2]), state, head
