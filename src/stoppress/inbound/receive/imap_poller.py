"""A mailbox that bounces are delivered to, looked into by IMAP (RFC 9051) every minute.

new by UID ──► read a copy ──► write the facts down (committed) ──► note how far ──► mark, delete or move it

Nothing is marked before its facts are committed, and the same message counts once: who dies in between reads it again.
What is none of ours, a letter or an advertisement, is left as it is.
"""

import asyncio
import contextlib
import imaplib
import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from django.db import DatabaseError, DataError, InterfaceError, close_old_connections, connection

from stoppress.inbound.bounces import ReportKind
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.inbound.receive.incoming_message import parse_incoming_message
from stoppress.inbound.receive.smtp_session import MAX_KEPT_BYTES
from stoppress.inbound.receiver_status import ReceiverKind, remove_status, store_status
from stoppress.inbound.record_report import record_report
from stoppress.runtime.atomic_files import write_atomically
from stoppress.runtime.clock import utc_now

log = logging.getLogger(__name__)

POLL_SECONDS = 60.0
IMAP_TIMEOUT_SECONDS = 30.0
"""Seconds between two looks, and for each answer of the server."""
STATUS_INTERVAL_MESSAGES = 500
"""Messages after which it says that it is still reading: a full mailbox takes a while."""
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_VALIDITY = re.compile(rb"\d{1,10}")


class MailboxError(Exception):
    """The mailbox cannot be read; the message says how it answered."""


@dataclass(frozen=True)
class ReadPosition:
    """How far a mailbox was read: all UIDs up to `upto`, as long as it goes by the same UIDVALIDITY."""

    mailbox: str = ""
    validity: int = 0
    upto: int = 0


async def poll_until_stopped(address: MailboxUrl, home: Path, stop: asyncio.Event) -> None:
    """Look now and every minute until `stop`. What fails is told, and tried again."""
    while not stop.is_set():
        await asyncio.to_thread(_poll_and_store_status, address, home, stop.is_set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
    await asyncio.to_thread(remove_status, ReceiverKind.MAILBOX)


def _poll_and_store_status(address: MailboxUrl, home: Path, stopped: Callable[[], bool]) -> None:
    close_old_connections()
    try:
        if read := poll_mailbox(address, home, stopped=stopped):
            log.info("%d new messages in %s", read, address)
        store_status(ReceiverKind.MAILBOX, now=utc_now())
    except (imaplib.IMAP4.error, MailboxError, OSError) as error:
        log.warning("the mailbox %s cannot be read: %s", address, error)
        store_status(ReceiverKind.MAILBOX, str(error) or type(error).__name__, now=utc_now())
    except (DatabaseError, InterfaceError) as error:
        log.warning("the database does not answer, the mailbox waits: %s", error)
    except Exception as error:
        log.exception("the mailbox %s cannot be read", address)
        store_status(ReceiverKind.MAILBOX, type(error).__name__, now=utc_now())
    finally:
        connection.close()


def poll_mailbox(
    address: MailboxUrl,
    home: Path,
    *,
    clock: Callable[[], datetime] = utc_now,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Read what is new; how many messages that were. Raises MailboxTrouble, IMAP4.error, OSError, DatabaseError."""
    with _open_mailbox(address) as server:
        mark, extensions = _start_position(home, address, server), _extensions(server)
        read = 0
        for uid in _search_new_uids(server, mark.upto):
            if stopped():
                break
            ours = _record_message(_fetch_message(server, uid), clock)
            mark = ReadPosition(mark.mailbox, mark.validity, uid)
            _store_position(home, mark)
            read += 1
            if read % STATUS_INTERVAL_MESSAGES == 0:
                store_status(ReceiverKind.MAILBOX, now=clock())
            if ours:
                _try_put_away(server, uid, address, extensions)
        return read


def _try_put_away(server: imaplib.IMAP4, uid: int, address: MailboxUrl, extensions: frozenset[str]) -> None:
    """Put it away if that can be done: that the folder is full or missing holds up no report."""
    try:
        _put_away(server, uid, address.then, extensions)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, MailboxError) as error:
        log.warning("a message in %s was read and could not be put away: %s", address, error)


def _record_message(content: bytes | None, clock: Callable[[], datetime]) -> bool:
    """Whether it was one of ours; its facts are committed then."""
    if content is None:
        return False
    try:
        arrival = parse_incoming_message(content, via="imap")
        record_report(arrival, now=clock())
    except Exception as error:
        if isinstance(error, DatabaseError | InterfaceError) and not isinstance(error, DataError):
            raise
        log.exception("a message in the mailbox cannot be taken in; it is left there, and what came after it goes on")
        return False
    return arrival.report.kind is not ReportKind.NOTHING


@contextlib.contextmanager
def _open_mailbox(address: MailboxUrl) -> Iterator[imaplib.IMAP4]:
    server = (
        imaplib.IMAP4_SSL(address.host, address.port, ssl_context=address.tls(), timeout=IMAP_TIMEOUT_SECONDS)
        if address.secure
        else imaplib.IMAP4(address.host, address.port, timeout=IMAP_TIMEOUT_SECONDS)
    )
    try:
        server.login(_quote(address.user), address.password)
        _checked_data(server.select(_quote(address.folder)), "SELECT")
        yield server
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            server.logout()
        with contextlib.suppress(OSError):
            server.shutdown()  # logout leaves the socket open if the server has gone


def _start_position(home: Path, address: MailboxUrl, server: imaplib.IMAP4) -> ReadPosition:
    """From the start again, if the server has numbered its messages anew (RFC 9051 2.3.1.1)."""
    told = b"".join(part for part in server.response("UIDVALIDITY")[1] if isinstance(part, bytes))
    found = _VALIDITY.search(told)
    if not found:
        raise MailboxError("it tells no UIDVALIDITY")
    here = ReadPosition(f"{address.user}@{address}", int(found[0]))
    before = _load_position(home)
    return before if (before.mailbox, before.validity) == (here.mailbox, here.validity) else here


def _extensions(server: imaplib.IMAP4) -> frozenset[str]:
    """What it can do now: before a log-in servers say less."""
    data = _checked_data(server.capability(), "CAPABILITY")
    return frozenset(
        word.decode("ascii", "replace").upper() for part in data if isinstance(part, bytes) for word in part.split()
    )


def _search_new_uids(server: imaplib.IMAP4, upto: int) -> list[int]:
    """UIDs above `upto`, in order. "5:*" names the last message even if it is number 3."""
    data = _checked_data(server.uid("SEARCH", f"UID {upto + 1}:*"), "SEARCH")
    found = {int(word) for part in data if isinstance(part, bytes) for word in part.split() if word.isdigit()}
    return sorted(uid for uid in found if uid > upto)


def _fetch_message(server: imaplib.IMAP4, uid: int) -> bytes | None:
    """The message, or as much of it as is ever read; None if it is gone. Reading leaves it unseen."""
    data = _checked_data(server.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MAX_KEPT_BYTES}>)"), "FETCH")
    for part in data:
        if isinstance(part, tuple) and (found := _UID.search(part[0])) and int(found[1]) == uid:
            return bytes(part[1])
    for before, after in pairwise(data):  # some servers name the UID last
        if isinstance(before, tuple) and isinstance(after, bytes) and b"UID %d" % uid in after:
            return bytes(before[1])
    return None


def _put_away(server: imaplib.IMAP4, uid: int, then: str, extensions: frozenset[str]) -> None:
    if then == "seen":
        _checked_data(server.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)"), "STORE")
        return
    if then.startswith("move:"):
        folder = _quote(then.removeprefix("move:"))
        if "MOVE" in extensions:  # RFC 6851
            _checked_data(server.uid("MOVE", str(uid), folder), "MOVE")
            return
        _checked_data(server.uid("COPY", str(uid), folder), "COPY")
    _checked_data(server.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
    if "UIDPLUS" in extensions:  # RFC 4315; else it stays marked until somebody expunges
        _checked_data(server.uid("EXPUNGE", str(uid)), "EXPUNGE")


def _checked_data(answer: tuple[str, Sequence[object]], command: str) -> Sequence[object]:
    status, data = answer
    if status != "OK":
        raise MailboxError(f"{command} was answered {status}")
    return data


def _quote(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _load_position(home: Path) -> ReadPosition:
    """A file that is missing or damaged means: read everything once more, which does no harm."""
    try:
        return ReadPosition(**json.loads((home / "mailbox.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return ReadPosition()


def _store_position(home: Path, mark: ReadPosition) -> None:
    write_atomically(home / "mailbox.json", json.dumps(asdict(mark)).encode())
