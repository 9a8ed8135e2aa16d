"""`python -m bench chaos`: random faults in real processes and sockets, and no change lost.

Several writers change the same posts; with PostgreSQL on two machines. Readers (reader_pages.py) record every fault:
a change applied twice, a gap without reset, a malformed frame, a needless reset, a page that does not match its
cursor, and a final state that differs from the log in the database. In the end every process must serve that state.
"""

import asyncio
import contextlib
import json
import random
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from typing import Any

from bench.chaos.editor_process import Editor
from bench.chaos.fault_injection import FaultInjector
from bench.chaos.reader_pages import PageState, Readers, matches_page, parse_cursor
from bench.fanout.sse_clients import raise_limit
from bench.figures import Figure
from bench.servers.installation import SLUG, ApiRefusedError, Installation
from bench.servers.postgresql import database

HELP = (
    "kills, dropped connections, lost hints, edits and withdrawals: no reader may end in another state than the log's"
)
EXPECTED = {404, 409, 410, 503}
"""Expected refusals of the API: another writer was faster, or the server is stopping."""
STALLS_AFTER = 120.0
"""Seconds without anything written after which the run has failed."""
ASKED = 8
"""New connections per process of a machine, over which its page is requested at the end."""
SETTLES_WITHIN = 60.0
"""Seconds after the last change until every reader must hold the log's state."""
WRITERS = 3
KINDS = {"publish": 12, "change": 4, "correct": 2, "withdraw": 2, "pin": 1, "mark": 1}
"""Kinds of changes, and how often they are."""
READ_LOG_SCRIPT = f"""
import json
from stoppress.service.django_setup import set_up
set_up()
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.public_state import changes_after
from stoppress.edge.live.stream_events import change_objects
blog = find_blog("{SLUG}")
print(blog.seq, json.dumps(change_objects(blog, changes_after(blog, 0))))
"""
"""Prints the log, without any of the processes under test."""


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--deliveries", type=int, default=1_000_000, help="default: %(default)s")
    command.add_argument("--readers", type=int, default=500, help="default: %(default)s")
    command.add_argument("--workers", type=int, default=2, help="server processes of a machine (default: %(default)s)")
    command.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="default: %(default)s")
    command.add_argument("--seed", type=int, default=1, help="of the random faults (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures; raise RuntimeError if a reader recorded a fault."""
    raise_limit()
    with ExitStack() as stack:
        address = stack.enter_context(database(options.database))
        installations = [_start_installation(stack, options.workers, address)]
        if address:
            installations.append(_start_installation(stack, options.workers, address, installations[0]))
        editor = Editor(installations[-1])
        stack.callback(editor.stop)
        yield from asyncio.run(Chaos(installations, editor, address, options).run())


def _start_installation(
    stack: ExitStack, workers: int, address: str, beside: Installation | None = None
) -> Installation:
    """Start an installation that serves."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stoppress-bench-")))
    settings = {"DATABASE_URL": address} if address else {}
    installation = Installation(home, workers, settings=settings, beside=beside)
    installation.start()
    stack.callback(installation.stop)
    return installation


class Chaos:
    """One run: writers, a fault injector, and readers."""

    def __init__(self, installations: list[Installation], editor: Editor, address: str, options: Namespace) -> None:
        self.installations, self.editor, self.options = installations, editor, options
        self.random = random.Random(options.seed)
        self.readers = Readers(lambda: random.choice(installations))
        self.fault_injector = FaultInjector(installations, self.readers, self.random, address)
        self.written: Counter[str] = Counter()
        self.wrote = time.monotonic()
        self.standing: dict[str, int] = {}

    async def run(self) -> list[Figure]:
        """Open the pages, write and inject faults until enough has been delivered, let it settle, compare."""
        begun, tale = time.monotonic(), self.readers.tale
        epoch = await self.readers.come(self.options.readers)
        injecting = asyncio.create_task(self.fault_injector.inject_faults())
        await asyncio.gather(*(self._keep_writing(injecting) for _ in range(WRITERS)))
        injecting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await injecting
        self.readers.wake()
        wrong = await self._settle(epoch)
        self.readers.go()
        if wrong or tale.faults_of_the_server or len(self.written) < len(KINDS):
            raise RuntimeError(f"{wrong} pages are wrong; written: {dict(self.written)}; {tale}")
        return self._figures(time.monotonic() - begun)

    def _figures(self, seconds: float) -> list[Figure]:
        tale = self.readers.tale
        return [
            Figure("deliveries", tale.deliveries, "", f"≥ {self.options.deliveries:,}"),
            Figure("changes_written", self.written.total(), note=_list(self.written)),
            Figure("pages_in_another_state_than_the_log", 0, "", "0"),
            Figure("changes_seen_twice", tale.twice, "", "0"),
            Figure("gaps_without_a_word", tale.gaps, "", "0"),
            Figure("broken_frames_and_answers", tale.broken, "", "0"),
            Figure("resets_without_need", tale.needless, "", "0"),
            Figure("loaded_pages_unlike_their_cursor", tale.stale, "", "0", f"of {tale.loads} that were compared"),
            Figure("resets", tale.resets),
            Figure("returns_with_a_cursor", tale.returns, note=_list(tale.faults)),
            Figure("took", seconds, "s"),
        ]

    # ─── writing ───

    async def _keep_writing(self, injecting: asyncio.Task[None]) -> None:
        """Write until enough changes of every kind were delivered."""
        while self.readers.tale.deliveries < self.options.deliveries or len(self.written) < len(KINDS):
            await asyncio.to_thread(self._write)
            if injecting.done():
                injecting.result()  # raises what ended it
            if time.monotonic() - self.wrote > STALLS_AFTER:
                raise RuntimeError(f"nothing could be written for {STALLS_AFTER:.0f} s; {self.readers.tale}")

    def _write(self) -> None:
        """Make one change: mostly new posts; edits, corrections and withdrawals of recent ones."""
        kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
        post = self.random.choice(list(self.standing)[-12:]) if self.standing else ""
        kind = kind if post else "publish"
        words = f"{self.written.total()} " + "The sea is over the wall. " * self.random.randint(1, 12)
        installation = self.random.choice(self.installations)
        try:
            if kind == "publish":
                labels = self.random.choices([[], ["key-event"]], [9, 1])[0]
                made = installation.call("POST", "", {"headline": words[:80], "text": words, "labels": labels})
                self.standing[made["id"]] = made["revision"]
            elif kind in ("pin", "mark"):
                self.editor.do(kind, post, self.random.random() < 0.7)
            elif kind == "withdraw":
                installation.call("POST", f"/{post}/withdraw", {"note": "Not so."})
                self.standing.pop(post, None)
            else:
                revision = self.standing.get(post, 1)  # another writer may just have withdrawn it
                change = {"text": words, "revision": revision, "note": "It was so."}
                method, path = ("POST", f"/{post}/correct") if kind == "correct" else ("PATCH", f"/{post}")
                changed = installation.call(method, path, change)
                self.standing[post] = (changed.get("post") or changed)["revision"]
            self.written[kind] += 1
            self.wrote = time.monotonic()
        except (
            OSError,
            ValueError,
            LookupError,
            ApiRefusedError,
        ) as error:  # The server is away, or the answer was cut off.
            if isinstance(error, ApiRefusedError) and error.status not in EXPECTED:
                raise
            self.standing.pop(post, None)
            time.sleep(0.05)

    # ─── comparing ───

    async def _settle(self, epoch: str) -> int:
        """Return the number of pages and responses that do not reach the state of the log."""
        number, said = (await asyncio.to_thread(self.installations[0].python, READ_LOG_SCRIPT)).split(maxsplit=1)
        changes = json.loads(said)
        truth = (epoch, int(number), PageState.of(changes))
        until = time.monotonic() + SETTLES_WITHIN
        wrong = len(self.readers.pages)
        while wrong and time.monotonic() < until:
            await asyncio.sleep(1)
            wrong = sum((page.epoch, page.seq, page.sight) != truth for page in self.readers.pages)
            for installation in self.installations * (ASKED * self.options.workers):
                wrong += not await asyncio.to_thread(_shown, installation, changes)
        return wrong


def _shown(installation: Installation, changes: list[dict[str, Any]]) -> bool:
    """Return True if a machine serves the page that the changes produce; retry while it starts again."""
    try:
        page = installation.get(f"/live/{SLUG}")
        return matches_page(page, changes) and parse_cursor(page)[1] == changes[-1]["seq"]
    except (OSError, HTTPException, ValueError):
        return False


def _list(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{count} × {name}" for name, count in sorted(counts.items()))
