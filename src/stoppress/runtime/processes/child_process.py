"""Child processes that are restarted when they end or hang, such as the mailer and the scheduler."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial

from stoppress.runtime import notifications
from stoppress.runtime.processes.heartbeat import STALLED

log = logging.getLogger(__name__)

STOP_TIMEOUT_SECONDS = 10.0
"""Default time for a polite stop."""
MIN_RESTART_SECONDS, MAX_RESTART_SECONDS = 1.0, 30.0
"""Delay before a restart. It doubles each time that the child ends soon."""
STABLE_SECONDS = 60
"""A child that ran longer than this is restarted after the minimum delay."""
MAX_SILENCE_SECONDS = 5.0
"""A child without a heartbeat for this long is killed and replaced."""
MAX_SILENT_START_SECONDS = 30.0
"""The same for the first heartbeat: the interpreter starts."""
CHECK_SECONDS = 0.5
MAX_CHECK_DELAY_SECONDS = 1.5
"""If a check is later than this, the supervisor itself was paused, and probably the whole machine: silence from that
time does not count."""


class BeatReceiver(asyncio.Protocol):
    """Receive the heartbeats of one child (heartbeat.py), which may come from several of its processes.

    Args:
        now: seconds of a monotonic clock.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._last_check = now, now()
        self._beats: dict[int, float] = {}
        self._started = now()
        self.is_stalled = self._is_closed = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect no more beats: this process closed the socket to stop the child, or the child has ended."""
        self._is_closed = True

    def data_received(self, data: bytes) -> None:
        """Remember the time of each beat."""
        self.is_stalled = self.is_stalled or STALLED in data
        self._beats.update(dict.fromkeys(data, self._now()))

    def find_fault(self) -> str:
        """Return why the child counts as hung, or ""; call it every CHECK_SECONDS."""
        now, since = self._now(), self._last_check
        self._last_check = now
        if self._is_closed:
            return ""
        if now - since > CHECK_SECONDS + MAX_CHECK_DELAY_SECONDS:
            self._started += now - since
            self._beats = dict.fromkeys(self._beats, now)
            return ""
        if self.is_stalled:
            return "its main loop makes no progress"
        if not self._beats and now - self._started > MAX_SILENT_START_SECONDS:
            return f"no heartbeat for {MAX_SILENT_START_SECONDS:.0f} s after its start"
        if self._beats and now - min(self._beats.values()) > MAX_SILENCE_SECONDS:
            return f"no heartbeat for {MAX_SILENCE_SECONDS:.0f} s"
        return ""


class ChildProcess:
    """One child process that runs a `stoppress` command.

    The parent writes one byte to the child's standard input for each notification, and closes it to stop the child. So
    the child also stops if the parent is killed. Over the same socket the child sends its heartbeat.

    Args:
        arguments: Arguments of the command.
        role: Name of the child in log lines and metrics.
        events: The notifications that are passed on to the child.
        on_exit: Called with the child's process id when the child ended and before it is restarted.
        on_replaced: Called with the role and "hung" or "ended" before the child is restarted.
        stop_seconds: Time that the child has to stop after its input was closed; then it is killed.
    """

    def __init__(
        self,
        *arguments: str,
        role: str = "child",
        events: Sequence[str] = (),
        on_exit: Callable[[int], None] = lambda process: None,
        on_replaced: Callable[[str, str], None] = lambda role, reason: None,
        stop_seconds: float = STOP_TIMEOUT_SECONDS,
    ) -> None:
        self.role, self._on_exit, self._on_replaced = role, on_exit, on_replaced
        self._stop_seconds = stop_seconds
        self._command = (sys.executable, "-m", "stoppress", *arguments)
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: asyncio.WriteTransport | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_listening = [
            notifications.listen(event, partial(self._forward, notifications.PIPE_BYTES[event])) for event in events
        ]

    @property
    def pid(self) -> int:
        """Return the process id of the child, 0 while it is being started."""
        return self._process.pid if self._process else 0

    async def keep_running(self) -> None:
        """Start the child, and restart it whenever it ends or hangs. The delay grows if it ends soon after its start.

        A child that hangs for the first time is replaced at once.
        """
        self._loop, delay = asyncio.get_running_loop(), MIN_RESTART_SECONDS
        while True:
            started, is_hung = self._loop.time(), False
            try:
                code, is_hung = await self.run_once()
                reason = "was killed" if is_hung else f"ended with code {code}"
            except (OSError, RuntimeError) as error:  # out of memory, threads or descriptors: may be temporary
                reason = f"could not be started ({error})"
            is_stable = self._loop.time() - started > STABLE_SECONDS
            wait = 0.0 if is_hung and (is_stable or delay == MIN_RESTART_SECONDS) else None
            delay = MIN_RESTART_SECONDS if is_stable else min(delay * 2, MAX_RESTART_SECONDS)
            wait = delay if wait is None else wait
            log.error("child process %s %s; restarting in %.0f s", self.role, reason, wait)
            self._on_replaced(self.role, "hung" if is_hung else "ended")
            await asyncio.sleep(wait)

    async def run_once(self) -> tuple[int, bool]:
        """Run the child until it ends; return its exit code, and True if it was killed because it hung.

        Raises:
            OSError: the child could not be started.
        """
        loop = asyncio.get_running_loop()
        own_end, child_end = socket.socketpair()
        self._process = None
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=child_end.fileno(), start_new_session=True
            )
        except BaseException:
            own_end.close()
            raise
        finally:
            child_end.close()
        beats = BeatReceiver(loop.time)
        self._pipe, _ = await loop.connect_accepted_socket(lambda: beats, own_end)
        is_hung = await self._watch(self._process, beats)
        self._pipe.close()
        try:
            self._on_exit(self._process.pid)
        except Exception:
            log.exception("child process %d ended, and its exit handler failed", self._process.pid)
        return self._process.returncode or 0, is_hung

    async def _watch(self, process: asyncio.subprocess.Process, beats: BeatReceiver) -> bool:
        """Wait for the child's end; kill it if it hangs, and return True then."""
        ended = asyncio.ensure_future(process.wait())
        try:
            while not (await asyncio.wait([ended], timeout=CHECK_SECONDS))[0]:
                if fault := beats.find_fault():
                    log.error("child process %s (%d) hangs: %s; killing it", self.role, process.pid, fault)
                    kill_group(process.pid)
                    await ended
                    return True
        finally:
            ended.cancel()
        return False

    async def stop(self) -> int:
        """Close the child's input, and kill the child only if it does not stop in time; return its exit code."""
        while self._stop_listening:
            self._stop_listening.pop()()
        process = self._process
        if process is None or process.returncode is not None:
            return 0
        if self._pipe:
            self._pipe.close()
        try:
            async with asyncio.timeout(self._stop_seconds):
                return await process.wait()
        except TimeoutError:
            log.warning("child process %d did not stop within %.0f s; killing it", process.pid, self._stop_seconds)
            kill_group(process.pid)
            return await process.wait()

    def _forward(self, byte: bytes) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._write, byte)

    def _write(self, byte: bytes) -> None:
        if self._pipe and not self._pipe.is_closing():
            self._pipe.write(byte)


def kill_group(pid: int) -> None:
    """Kill a child and the processes that it started: each child leads a process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def is_process_alive(pid: int) -> bool:
    """Return True if the process is visible here; processes of other containers are not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
