"""Readers of `python -m bench chaos`: each holds a cursor, reconnects with it, and records every fault.

A reader reconnects to any machine. After a reset, and now and then without one, it reads all changes and the live page,
and compares them.
"""

import asyncio
import json
import random
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException
from typing import Any

from bench.servers.installation import SLUG, ApiRefusedError, Installation
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES

Change = dict[str, Any]
ARTICLE = re.compile(rb'<article class="post\b.*?</article>', re.DOTALL)
EVENTS = re.compile(rb"<div data-key-events\b[^>]*>(.*?)</div>", re.DOTALL)
ON_THE_PAGE = 20
"""Posts of a live page, besides what is pinned: the older ones have pages of their own."""


@dataclass
class ReaderEvents:
    """Events and faults of all readers."""

    deliveries: int = 0
    twice: int = 0
    gaps: int = 0
    broken: int = 0
    """Frames that are none, answers other than the stream or "come back"."""
    needless: int = 0
    """Resets of pages that had missed no more than the server keeps."""
    stale: int = 0
    """Loaded pages that did not show the state of the cursor they named."""
    resets: int = 0
    returns: int = 0
    loads: int = 0
    """Pages that were loaded and compared."""
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def faults_of_the_server(self) -> int:
        """Return faults of the server."""
        return self.twice + self.gaps + self.broken + self.needless + self.stale


@lru_cache(maxsize=512)
def parse_frame(frame: bytes) -> tuple[str, Any, str]:
    """Return event, data and cursor of a frame, cached for hundreds of readers; raise ValueError if malformed."""
    fields = [line.split(": ", 1) for line in frame.decode().split("\n")]
    lines = dict(fields)
    if len(lines) != len(fields):
        raise ValueError("one frame within another")
    found = json.loads(lines["data"])
    data = found | {"seen": visible_state(found)} if isinstance(found, dict) and "html" in found else found
    return lines["event"], data, lines.get("id", "")


def visible_state(change: Change) -> tuple[object, ...]:
    """Return what a reader sees of the changed post, and its position."""
    return zlib.crc32(change["html"].encode()), change["place"], change["pinned"], change["withdrawn"], change["title"]


@dataclass
class PageState:
    """The posts that a page shows."""

    posts: dict[str, tuple[object, ...]] = field(default_factory=dict)
    """What is seen of each, by its id."""
    head: Change = field(default_factory=dict)
    events: str = ""

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "PageState":
        """Return the state after all changes."""
        sight = cls()
        for change in changes:
            sight.take(change, visible_state(change) if change["post"] else ())
        return sight

    def take(self, change: Change, post: tuple[object, ...]) -> None:
        """Apply one change as a page does."""
        self.head = change["blog"]
        self.events = change.get("key_events_html", self.events)
        if change["post"]:
            self.posts[change["post"]] = post


def parse_articles(page: bytes) -> list[str]:
    """Return the posts of a live page from top to bottom."""
    return [found.decode() for found in ARTICLE.findall(page)]


def matches_page(page: bytes, changes: Sequence[Change]) -> bool:
    """Return True if a live page shows the state after all changes."""
    events = PageState.of(changes).events
    lists = [found.decode().strip() for found in EVENTS.findall(page)]
    return parse_articles(page) == expected_posts(changes) and bool(lists) and all(found == events for found in lists)


def expected_posts(changes: Iterable[Change]) -> list[str]:
    """Return the posts that a live page must show: pinned ones, then the newest."""
    posts = {change["post"]: change for change in changes if change["post"]}
    pinned = [post["html"] for post in posts.values() if post["pinned"]]
    others = sorted((post for post in posts.values() if not post["pinned"]), key=lambda post: -post["place"])
    return [html.strip() for html in [*pinned, *(post["html"] for post in others[:ON_THE_PAGE])]]


def parse_cursor(page: bytes) -> tuple[str, int]:
    """Return epoch and number of the cursor in a live page; raise ValueError without one."""
    at = page.index(b"data-cursor=") + 13
    epoch, _, seq = page[at : at + 40].split(b'"')[0].decode().rpartition("-")
    return epoch, int(seq)


class Page(asyncio.Protocol):
    """One reader's page, over successive connections."""

    def __init__(self, readers: "Readers", cursor: tuple[str, int]) -> None:
        self.readers = readers
        self.epoch, self.seq = cursor
        self.sight = PageState()
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.answered = False
        self.wait = 0.0
        self.coming: asyncio.TimerHandle | None = None
        """When it comes back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request the stream from the page's cursor."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer, self.answered = transport, b"", False
        at = f"/live/{SLUG}/stream?after={self.epoch}-{self.seq}"
        transport.write(f"GET {at} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Read the head of the response, then whole frames."""
        self.buffer += data
        if not self.answered:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.answered, self.buffer = True, rest
            if b" 200 " not in head[:14]:
                self.readers.tale.broken += b" 503 " not in head[:14]
                self.abort()
                return
        *frames, self.buffer = self.buffer.split(b"\n\n")
        for frame in frames:
            try:
                self.heed(*parse_frame(frame))
            except (ValueError, KeyError, TypeError):
                self.readers.tale.broken += 1
                self.abort()
            if self.transport is None or self.transport.is_closing():
                return

    def heed(self, event: str, data: Any, cursor: str) -> None:
        """React to an event as a page does."""
        if event == "change":
            self.take(data)
        elif event == "bye":
            self.wait = data["wait"]
        elif event == "reset":
            epoch, _, seq = cursor.rpartition("-")
            self.readers.tale.resets += 1
            self.readers.tale.needless += epoch == self.epoch and int(seq) - self.seq <= MAX_REPLAYED_CHANGES
            self.seq = -1
            self.abort()

    def abort(self) -> None:
        """Abort the connection."""
        if self.transport:
            self.transport.abort()

    def take(self, change: Change) -> None:
        """Apply the next frame once."""
        tale = self.readers.tale
        tale.deliveries += 1
        tale.twice += change["seq"] <= self.seq
        tale.gaps += change["seq"] > self.seq + 1
        self.seq = change["seq"]
        self.sight.take(change, change.get("seen", ()))

    def connection_lost(self, exc: Exception | None) -> None:
        """Reconnect after a while."""
        self.transport = None
        if not self.readers.over:
            self.readers.tale.returns += 1
            wait, self.wait = self.wait or random.uniform(0, 0.5), 0.0
            self.coming = asyncio.get_running_loop().call_later(wait, self.readers.bring_back, self)


LOADED_ANYWAY = 0.03
"""Share of returning readers that load the page again without a reset."""
LOOKS = 6
"""How often a page is looked at, to see it in a moment in which nothing is written."""


class Readers:
    """All pages, and the machines that they connect to."""

    def __init__(self, any_installation: Callable[[], Installation]) -> None:
        self._any_installation = any_installation
        self.tale = ReaderEvents()
        self.pages: list[Page] = []
        self.over = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def come(self, count: int) -> str:
        """Open pages and return the epoch that they begin in."""
        epoch, _ = parse_cursor(await self.get(f"/live/{SLUG}"))
        self.pages = [Page(self, (epoch, 1)) for _ in range(count)]
        for one in self.pages:
            self.bring_back(one)
        return epoch

    def go(self) -> None:
        """Close all pages."""
        self.over = True
        for page in self.pages:
            page.abort()

    def wake(self) -> None:
        """Wake suspended pages."""
        soon = asyncio.get_running_loop().time() + 1
        for page in self.pages:
            if page.coming and page.coming.when() > soon:
                page.coming.cancel()
                self.bring_back(page)

    def bring_back(self, page: Page) -> None:
        """Reopen the stream of a page, after loading the page if a reset was received."""
        page.coming = None
        if not self.over:
            task = asyncio.get_running_loop().create_task(self._connect(page))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def get(self, path: str) -> bytes:
        """Return the body of a response from any machine; raise OSError if it does not serve."""
        try:
            return await asyncio.to_thread(self._any_installation().page, path)
        except ApiRefusedError as error:
            self.tale.broken += error.status != 503
            raise ConnectionError(path) from error

    async def _connect(self, page: Page) -> None:
        try:
            if page.seq < 0 or random.random() < LOADED_ANYWAY:
                page.epoch, page.seq, page.sight = await self._load()
            await asyncio.get_running_loop().create_connection(lambda: page, "127.0.0.1", self._any_installation().port)
        except (OSError, ValueError, KeyError, HTTPException):
            asyncio.get_running_loop().call_later(random.uniform(0.2, 1), self.bring_back, page)

    async def _load(self) -> tuple[str, int, PageState]:
        """Read all changes from the first one, and compare the state with the live page."""
        epoch, _ = parse_cursor(await self.get(f"/live/{SLUG}"))
        changes, cursor = await self._changes(f"{epoch}-0")
        for _ in range(LOOKS):
            page = await self.get(f"/live/{SLUG}")
            newest, cursor = await self._changes(cursor)
            changes += newest
            epoch, _, seq = cursor.rpartition("-")
            if parse_cursor(page) == (epoch, int(seq)):  # else something was written meanwhile
                self.tale.loads += 1
                self.tale.stale += not matches_page(page, changes)
                break
        return epoch, int(seq), PageState.of(changes)

    async def _changes(self, cursor: str) -> tuple[list[Change], str]:
        """Return the changes after a cursor, and the new cursor."""
        changes: list[Change] = []
        while True:
            found = json.loads(await self.get(f"/live/{SLUG}/changes/{cursor}"))
            changes += found["changes"]
            cursor = found["cursor"]
            if not found.get("more"):
                return changes, cursor
