"""The clerk: a process that has the books, so that writing down and sending do not wait for each other's interpreter.

    mailer ──question──► clerk ──► database          a question: its length (4 bytes), and it, pickled; so is the answer
           ◄──answer────

One question at a time. When the mailer is gone, however it went, its end of the line closes, and the clerk ends with
what it is at. Until then it holds the mailer's lock as well, so that no other mailer begins. What it took up meanwhile
was never sent, and is uncertain all the same. Without its clerk a mailer ends at once.
"""

import asyncio
import logging
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from stoppress.delivery.sender.ledger_store import LedgerStore

log = logging.getLogger(__name__)

LENGTH_PREFIX = Struct(">I")


class CompactRows:
    """Named tuples of one kind. They travel as plain ones, which takes a fifth of the time, and arrive as a list."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def __reduce__(self) -> tuple[Callable[..., list[Any]], tuple[Any, list[tuple[Any, ...]]]]:
        return _named, (type(self._rows[0]), list(map(tuple, self._rows)))


class LedgerProcessEndedError(RuntimeError):
    """The process that has the books has ended."""


class LedgerProcess:
    """The clerk as the mailer's loop sees it. `begin` forks: call it before there are threads or a loop.

    Args:
        pid: of the clerk's process.
    """

    def __init__(self, line: socket.socket, pid: int) -> None:
        self._line, self._pid = line, pid
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    @classmethod
    def begin(cls, make: Callable[[Callable[[], bool]], LedgerStore]) -> "LedgerProcess":
        """Start the process. `make` is called in it, with a function that tells whether the mailer is gone."""
        ours, theirs = socket.socketpair()
        mailer = os.getpid()
        pid = os.fork()
        if pid:
            theirs.close()
            return cls(ours, pid)
        ours.close()
        os._exit(_life(theirs, make, mailer))

    async def ask(self, name: str, *args: Any) -> tuple[Any, bool]:
        """As post_office.Clerk has it. Raises LedgerProcessEndedError."""
        question = pickle.dumps((name, tuple(map(compact, args))), pickle.HIGHEST_PROTOCOL)
        async with self._turn:
            try:
                went_well, answer, stale = pickle.loads(await self._exchanged(question))
            except (OSError, EOFError) as error:
                raise LedgerProcessEndedError("the mailer's clerk has ended") from error
        if went_well:
            return answer, stale
        raise answer

    async def leave(self) -> None:
        """Hang up, and wait until the process has ended."""
        if self._streams:
            self._streams[1].close()
        self._line.close()
        await asyncio.to_thread(os.waitpid, self._pid, 0)

    async def _exchanged(self, question: bytes) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._line)
        reader, writer = self._streams
        writer.write(LENGTH_PREFIX.pack(len(question)) + question)
        return await reader.readexactly(*LENGTH_PREFIX.unpack(await reader.readexactly(LENGTH_PREFIX.size)))


def _life(line: socket.socket, make: Callable[[Callable[[], bool]], LedgerStore], mailer: int) -> int:
    """The clerk's own process, from beginning to end; its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the mailer is told, and hangs up when all is written down
        signal.signal(number, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        _answer_all(line, make(lambda: os.getppid() != mailer))
    except EOFError:
        return 0
    except Exception:
        log.exception("the mailer's clerk has failed")
        return 1
    finally:
        sys.stderr.flush()
    return 0


def _answer_all(line: socket.socket, books: LedgerStore) -> None:
    """Until the mailer hangs up; then raises EOFError, also when it no longer waits for an answer."""
    while True:
        name, args = pickle.loads(_read(line, *LENGTH_PREFIX.unpack(_read(line, LENGTH_PREFIX.size))))
        answer = pickle.dumps(_answered(books, name, args), pickle.HIGHEST_PROTOCOL)
        try:
            line.sendall(LENGTH_PREFIX.pack(len(answer)) + answer)
        except OSError as error:
            raise EOFError from error


def _answered(books: LedgerStore, name: str, args: tuple[Any, ...]) -> tuple[bool, Any, bool]:
    try:
        return True, compact(getattr(books, name)(*args)), books.stale
    except Exception as error:
        log.exception("the ledger could not be asked: %s", name)
        return False, _sendable(error), books.stale


def _sendable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # some exceptions are not made to travel
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _named(kind: Any, rows: list[tuple[Any, ...]]) -> list[Any]:
    return list(map(kind._make, rows))


def compact(value: Any) -> Any:
    """What travels in place of a value."""
    return CompactRows(value) if isinstance(value, list) and value and hasattr(value[0], "_make") else value


def _read(line: socket.socket, number: int) -> bytes:
    """So many bytes; raises EOFError if they do not come any more."""
    parts = bytearray()
    while len(parts) < number:
        try:
            part = line.recv(number - len(parts))
        except ConnectionResetError:
            part = b""
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
