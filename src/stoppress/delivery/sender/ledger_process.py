"""The ledger process: a child of the mailer that has the database connection.

Writing to the ledger and sending then do not wait for each other's global interpreter lock.

    mailer ──call──► ledger process ──► database     a call or result is its length (4 bytes) and its pickle
           ◄─result─

It processes one call at a time. When the mailer ends, even if it is killed, its end of the socket closes. The ledger
process then ends after its current call. Until then it also holds the mailer's lock, so that no other mailer starts.
What it claimed meanwhile was never started, so the next mailer makes it pending again
(transmission_journal.py). A mailer without its ledger process ends.
"""

import asyncio
import logging
import math
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.runtime.processes.heartbeat import LEDGER_BEAT, Heartbeat, process_heartbeat
from stoppress.runtime.processes.stop_signal import STOP_SIGNALS

log = logging.getLogger(__name__)

LENGTH_PREFIX = Struct(">I")


class CompactRows:
    """Named tuples of one type. They are pickled as plain tuples, in a fifth of the time, and unpickled as a list."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def __reduce__(self) -> tuple[Callable[..., list[Any]], tuple[Any, list[tuple[Any, ...]]]]:
        return _restore_rows, (type(self._rows[0]), list(map(tuple, self._rows)))


class LedgerProcessEndedError(RuntimeError):
    """The ledger process has ended."""


class LedgerProcess:
    """A `LedgerBackend` in a child process, as the mailer's event loop uses it.

    Args:
        connection: the mailer's end of the socket.
        pid: of the child process.
    """

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._connection, self._pid = connection, pid
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._lock = asyncio.Lock()

    @classmethod
    def start(cls, make_store: Callable[[Callable[[], bool]], LedgerStore]) -> "LedgerProcess":
        """Fork the process; call it before there are threads or a loop.

        Args:
            make_store: called in the child, with a function that returns True if the mailer is gone.
        """
        mailer_end, child_end = socket.socketpair()
        mailer_pid = os.getpid()
        with process_heartbeat.paused() as is_supervised:
            pid = os.fork()
            if not pid:
                mailer_end.close()
                os._exit(_run_child(child_end, make_store, mailer_pid, is_supervised=is_supervised))
        process_heartbeat.announce(LEDGER_BEAT)
        child_end.close()
        return cls(mailer_end, pid)

    async def call(self, method: str, *args: Any) -> tuple[Any, bool]:
        """Call a method in the child, as `LedgerBackend` defines it.

        Raises:
            LedgerProcessEndedError: the child has ended.
        """
        request = pickle.dumps((method, tuple(map(compact, args))), pickle.HIGHEST_PROTOCOL)
        async with self._lock:
            try:
                succeeded, result, is_stale = pickle.loads(await self._exchange(request))
            except (OSError, EOFError) as error:
                raise LedgerProcessEndedError("the mailer's ledger process has ended") from error
        if succeeded:
            return result, is_stale
        raise result

    async def close(self) -> None:
        """Close the socket and wait until the child has ended."""
        if self._streams:
            self._streams[1].close()
        self._connection.close()
        await asyncio.to_thread(os.waitpid, self._pid, 0)

    async def _exchange(self, request: bytes) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._connection)
        reader, writer = self._streams
        writer.write(LENGTH_PREFIX.pack(len(request)) + request)
        return await reader.readexactly(*LENGTH_PREFIX.unpack(await reader.readexactly(LENGTH_PREFIX.size)))


def _run_child(
    connection: socket.socket,
    make_store: Callable[[Callable[[], bool]], LedgerStore],
    mailer_pid: int,
    *,
    is_supervised: bool,
) -> int:
    """Run the ledger process and return its exit code."""
    for number in STOP_SIGNALS:  # the mailer gets them too, and closes the socket after settling
        signal.signal(number, signal.SIG_IGN)
    heartbeat = Heartbeat(LEDGER_BEAT)
    if is_supervised:
        heartbeat.start()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        _process_calls(connection, make_store(lambda: os.getppid() != mailer_pid), heartbeat)
    except EOFError:
        return 0
    except Exception:
        log.exception("the mailer's ledger process failed")
        return 1
    finally:
        sys.stderr.flush()
    return 0


def _process_calls(connection: socket.socket, store: LedgerStore, heartbeat: Heartbeat) -> None:
    """Process calls until the mailer closes the socket.

    Raises:
        EOFError: the socket is closed, possibly while the mailer waited for a result.
    """
    heartbeat.check_in(math.inf)  # a call may wait for the database for hours, with outcomes that must not be lost
    while True:
        length = LENGTH_PREFIX.unpack(_receive(connection, LENGTH_PREFIX.size))
        method, args = pickle.loads(_receive(connection, *length))
        result = pickle.dumps(_call(store, method, args), pickle.HIGHEST_PROTOCOL)
        try:
            connection.sendall(LENGTH_PREFIX.pack(len(result)) + result)
        except OSError as error:
            raise EOFError from error


def _call(store: LedgerStore, method: str, args: tuple[Any, ...]) -> tuple[bool, Any, bool]:
    """Return whether the method succeeded, its result or exception, and the store's `is_stale`."""
    try:
        return True, compact(getattr(store, method)(*args)), store.is_stale
    except Exception as error:
        log.exception("ledger call %s failed", method)
        return False, _make_picklable(error), store.is_stale


def _make_picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - some exceptions cannot be pickled, and fail in any way
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _restore_rows(row_type: Any, rows: list[tuple[Any, ...]]) -> list[Any]:
    return list(map(row_type._make, rows))


def compact(value: Any) -> Any:
    """Return what is pickled in place of a value: `CompactRows` for a list of named tuples."""
    return CompactRows(value) if isinstance(value, list) and value and hasattr(value[0], "_make") else value


def _receive(connection: socket.socket, size: int) -> bytes:
    """Return exactly `size` bytes.

    Raises:
        EOFError: the socket was closed before.
    """
    received = bytearray()
    while len(received) < size:
        try:
            part = connection.recv(size - len(received))
        except ConnectionResetError:
            part = b""
        if not part:
            raise EOFError
        received += part
    return bytes(received)
