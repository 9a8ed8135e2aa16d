"""Child processes of one command, kept running: the mailer, whose work must not slow down readers, and the clock."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Sequence
from functools import partial

from stoppress.runtime import notifications

log = logging.getLogger(__name__)

STOP_TIMEOUT_SECONDS = 10.0
"""Seconds a child gets to finish after its input has ended; then it is killed."""


class ChildProcess:
    """One child process. It gets a byte on its standard input as a hint, and the end of that input as a call to stop,

    so that it also stops when its parent is killed.

    Args:
        topics: the hints that it gets.
        ended: called with its number when it has ended and is to be started again.
    """

    def __init__(
        self, *arguments: str, events: Sequence[str] = (), on_exit: Callable[[int], None] = lambda process: None
    ) -> None:
        self._on_exit = on_exit
        self._command = (sys.executable, "-m", "stoppress", *arguments)
        self._process: asyncio.subprocess.Process | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_listening = [
            notifications.listen(event, partial(self._hint, notifications.PIPE_BYTES[event])) for event in events
        ]

    async def keep_running(self) -> None:
        """Start it, and start it again whenever it ends, more slowly each time it ends soon."""
        self._loop, wait = asyncio.get_running_loop(), 1.0
        while True:
            started = self._loop.time()
            try:
                ended = f"ended with code {await self._run()}"
            except (OSError, RuntimeError) as error:  # no memory, thread, open file or program: that may pass
                ended = f"could not be started ({error})"
            wait = 1.0 if self._loop.time() - started > 60 else min(wait * 2, 30)
            log.error("the child “%s” %s; again in %.0f s", " ".join(self._command[3:]), ended, wait)
            await asyncio.sleep(wait)

    async def _run(self) -> int:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, start_new_session=True)
        code = await self._process.wait()
        try:
            self._on_exit(self._process.pid)
        except Exception:
            log.exception("what has to be done when the child %d has ended", self._process.pid)
        return code

    async def stop(self) -> None:
        """End its input, wait, and kill it only if it does not listen."""
        while self._stop_listening:
            self._stop_listening.pop()()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_SECONDS):
                await process.wait()
        except TimeoutError:
            log.warning("the child %d did not stop in time; killing it", process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def _hint(self, byte: bytes) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._nudge, byte)

    def _nudge(self, byte: bytes) -> None:
        process = self._process
        if process and process.stdin and not process.stdin.is_closing():
            with contextlib.suppress(OSError):
                process.stdin.write(byte)
