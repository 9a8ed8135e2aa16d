"""Child processes that are restarted when they end, such as the mailer and the scheduler."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Sequence
from functools import partial

from stoppress.runtime import notifications

log = logging.getLogger(__name__)

STOP_TIMEOUT_SECONDS = 10.0
"""Time that a child has to stop after its input was closed; then it is killed."""
MIN_RESTART_SECONDS, MAX_RESTART_SECONDS = 1.0, 30.0
"""Delay before a restart. It doubles each time that the child ends soon."""
STABLE_SECONDS = 60
"""A child that ran longer than this is restarted after the minimum delay."""


class ChildProcess:
    """One child process that runs a `stoppress` command.

    The parent writes one byte to the child's standard input for each notification, and closes it to stop the child. So
    the child also stops if the parent is killed.

    Args:
        arguments: Arguments of the command.
        events: The notifications that are passed on to the child.
        on_exit: Called with the child's process id when the child ended and before it is restarted.
    """

    def __init__(
        self, *arguments: str, events: Sequence[str] = (), on_exit: Callable[[int], None] = lambda process: None
    ) -> None:
        self._on_exit = on_exit
        self._command = (sys.executable, "-m", "stoppress", *arguments)
        self._process: asyncio.subprocess.Process | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_listening = [
            notifications.listen(event, partial(self._forward, notifications.PIPE_BYTES[event])) for event in events
        ]

    async def keep_running(self) -> None:
        """Start the child, and restart it whenever it ends. The delay grows if it ends soon after its start."""
        self._loop, delay = asyncio.get_running_loop(), MIN_RESTART_SECONDS
        while True:
            started = self._loop.time()
            try:
                reason = f"ended with code {await self._run()}"
            except (OSError, RuntimeError) as error:  # out of memory, threads or descriptors: may be temporary
                reason = f"could not be started ({error})"
            is_stable = self._loop.time() - started > STABLE_SECONDS
            delay = MIN_RESTART_SECONDS if is_stable else min(delay * 2, MAX_RESTART_SECONDS)
            log.error("child process %s %s; restarting in %.0f s", " ".join(self._command[3:]), reason, delay)
            await asyncio.sleep(delay)

    async def _run(self) -> int:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, start_new_session=True)
        code = await self._process.wait()
        try:
            self._on_exit(self._process.pid)
        except Exception:
            log.exception("child process %d ended, and its exit handler failed", self._process.pid)
        return code

    async def stop(self) -> None:
        """Close the child's input, wait for its end, and kill it only if it does not stop in time."""
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
            log.warning("child process %d did not stop within %.0f s; killing it", process.pid, STOP_TIMEOUT_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def _forward(self, byte: bytes) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._write, byte)

    def _write(self, byte: bytes) -> None:
        process = self._process
        if process and process.stdin and not process.stdin.is_closing():
            with contextlib.suppress(OSError):
                process.stdin.write(byte)
