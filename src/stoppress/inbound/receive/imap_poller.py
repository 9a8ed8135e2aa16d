"""Polling of the IMAP mailbox (RFC 9051) that bounces are delivered to, every minute.

search new UIDs ──► fetch a copy ──► record the report (committed) ──► store the position ──► mark, delete or move

No message is marked before its report is committed, and the same message counts once. A process that dies in between
reads the message again. Messages that are no reports, personal mail or advertising, stay as they are.
"""

import asyncio
import contextlib
import imaplib
import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from django.db import DatabaseError, DataError, InterfaceError, close_old_connections, connection

from stoppress.inbound.bounces import ReportKind
from stoppress.inbound.receive.incoming_message import parse_incoming_message
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.inbound.receive.smtp_session import MAX_KEPT_BYTES
from stoppress.inbound.receiver_status import ReceiverKind, remove_status, store_status
from stoppress.inbound.record_report import record_report
from stoppress.runtime.atomic_files import write_atomically
from stoppress.runtime.clock import utc_now

log = logging.getLogger(__name__)

POLL_SECONDS = 60.0
"""Seconds between two polls."""
IMAP_TIMEOUT_SECONDS = 30.0
"""Seconds to wait for each response of the server."""
STATUS_INTERVAL_MESSAGES = 500
"""Messages after which a success is stored: a full mailbox takes a while."""
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_UID_VALIDITY = re.compile(rb"\d{1,10}")


class MailboxError(Exception):
    """The mailbox cannot be read; the message names the command and the server's response."""


@dataclass(frozen=True)
class ReadPosition:
    """All messages up to `last_uid` are read, as long as the mailbox has the same UIDVALIDITY."""

    mailbox: str = ""
    uid_validity: int = 0
    last_uid: int = 0


async def poll_until_stopped(mailbox: MailboxUrl, home: Path, stop: asyncio.Event) -> None:
    """Poll the mailbox now and every minute until `stop`. Errors are logged, and the next poll retries.

    Args:
        mailbox: the mailbox.
        home: the folder for the position file, `mailbox.json`.
        stop: set to stop.
    """
    while not stop.is_set():
        await asyncio.to_thread(_poll_and_store_status, mailbox, home, stop.is_set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
    await asyncio.to_thread(remove_status, ReceiverKind.MAILBOX)


def _poll_and_store_status(mailbox: MailboxUrl, home: Path, is_stopped: Callable[[], bool]) -> None:
    close_old_connections()
    try:
        if count := poll_mailbox(mailbox, home, is_stopped=is_stopped):
            log.info("%d new messages in %s", count, mailbox)
        store_status(ReceiverKind.MAILBOX, now=utc_now())
    except (imaplib.IMAP4.error, MailboxError, OSError) as error:
        log.warning("cannot read mailbox %s: %s", mailbox, error)
        store_status(ReceiverKind.MAILBOX, str(error) or type(error).__name__, now=utc_now())
    except (DatabaseError, InterfaceError) as error:
        log.warning("database error, mailbox %s will be read later: %s", mailbox, error)
    except Exception as error:
        log.exception("cannot read mailbox %s", mailbox)
        store_status(ReceiverKind.MAILBOX, type(error).__name__, now=utc_now())
    finally:
        connection.close()


def poll_mailbox(
    mailbox: MailboxUrl,
    home: Path,
    *,
    clock: Callable[[], datetime] = utc_now,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Read the new messages of a mailbox and return their number.

    Args:
        mailbox: the mailbox.
        home: the folder for the position file, `mailbox.json`.
        clock: returns the current time.
        is_stopped: returns True to stop after the current message.

    Raises:
        MailboxError: the server refuses a command.
        IMAP4.error: the server refuses the log-in, or breaks the protocol.
        OSError: the connection fails.
        DatabaseError: a report cannot be recorded; its message is read again.
    """
    with _open_mailbox(mailbox) as server:
        position, extensions = _start_position(home, mailbox, server), _read_extensions(server)
        count = 0
        for uid in _search_new_uids(server, position.last_uid):
            if is_stopped():
                break
            is_report = _record_message(_fetch_message(server, uid), clock)
            position = replace(position, last_uid=uid)
            _store_position(home, position)
            count += 1
            if count % STATUS_INTERVAL_MESSAGES == 0:
                store_status(ReceiverKind.MAILBOX, now=clock())
            if is_report:
                _try_put_away(server, uid, mailbox, extensions)
        return count


def _try_put_away(server: imaplib.IMAP4, uid: int, mailbox: MailboxUrl, extensions: frozenset[str]) -> None:
    """Mark, delete or move a message; a folder that is full or missing must not stop the next report."""
    try:
        _put_away(server, uid, mailbox.then, extensions)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, MailboxError) as error:
        log.warning("message %d in %s is recorded, but then=%s failed: %s", uid, mailbox, mailbox.then, error)


def _record_message(content: bytes | None, clock: Callable[[], datetime]) -> bool:
    """Record the report of a message; return False if it contains none or cannot be processed."""
    if content is None:
        return False
    try:
        received = parse_incoming_message(content, via="imap")
        record_report(received, now=clock())
    except Exception as error:
        if isinstance(error, DatabaseError | InterfaceError) and not isinstance(error, DataError):
            raise
        log.exception("cannot record a message of the mailbox; leaving it there, continuing with the next")
        return False
    return received.report.kind is not ReportKind.NOTHING


@contextlib.contextmanager
def _open_mailbox(mailbox: MailboxUrl) -> Iterator[imaplib.IMAP4]:
    server = (
        imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=mailbox.tls_context(), timeout=IMAP_TIMEOUT_SECONDS)
        if mailbox.uses_tls
        else imaplib.IMAP4(mailbox.host, mailbox.port, timeout=IMAP_TIMEOUT_SECONDS)
    )
    try:
        server.login(_quote(mailbox.user), mailbox.password)
        _checked_data(server.select(_quote(mailbox.folder)), "SELECT")
        yield server
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            server.logout()
        with contextlib.suppress(OSError):
            server.shutdown()  # logout leaves the socket open if the server has closed the connection


def _start_position(home: Path, mailbox: MailboxUrl, server: imaplib.IMAP4) -> ReadPosition:
    """Return the stored position, or the start if the server has renumbered its messages (RFC 9051 2.3.1.1)."""
    response = b"".join(part for part in server.response("UIDVALIDITY")[1] if isinstance(part, bytes))
    match = _UID_VALIDITY.search(response)
    if not match:
        raise MailboxError("SELECT returned no UIDVALIDITY")
    start = ReadPosition(f"{mailbox.user}@{mailbox}", int(match[0]))
    stored = _load_position(home)
    return stored if (stored.mailbox, stored.uid_validity) == (start.mailbox, start.uid_validity) else start


def _read_extensions(server: imaplib.IMAP4) -> frozenset[str]:
    """Return the server's extensions; before a log-in servers list fewer."""
    data = _checked_data(server.capability(), "CAPABILITY")
    words = (word for part in data if isinstance(part, bytes) for word in part.split())
    return frozenset(word.decode("ascii", "replace").upper() for word in words)


def _search_new_uids(server: imaplib.IMAP4, last_uid: int) -> list[int]:
    """Return the UIDs above `last_uid`, sorted. The range "5:*" includes the last message even if its UID is 3."""
    data = _checked_data(server.uid("SEARCH", f"UID {last_uid + 1}:*"), "SEARCH")
    words = (word for part in data if isinstance(part, bytes) for word in part.split())
    return sorted(uid for uid in {int(word) for word in words if word.isdigit()} if uid > last_uid)


def _fetch_message(server: imaplib.IMAP4, uid: int) -> bytes | None:
    """Return the first `MAX_KEPT_BYTES` of a message, or None if it is gone. Fetching leaves it unseen."""
    data = _checked_data(server.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MAX_KEPT_BYTES}>)"), "FETCH")
    for part in data:
        if isinstance(part, tuple) and (match := _UID.search(part[0])) and int(match[1]) == uid:
            return bytes(part[1])
    for part, following in pairwise(data):  # some servers send the UID last
        if isinstance(part, tuple) and isinstance(following, bytes) and b"UID %d" % uid in following:
            return bytes(part[1])
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
    if "UIDPLUS" in extensions:  # RFC 4315; without it the message stays marked until a client expunges
        _checked_data(server.uid("EXPUNGE", str(uid)), "EXPUNGE")


def _checked_data(response: tuple[str, Sequence[object]], command: str) -> Sequence[object]:
    status, data = response
    if status != "OK":
        raise MailboxError(f"the server answered {command} with {status}")
    return data


def _quote(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _load_position(home: Path) -> ReadPosition:
    """Return the stored position. If the file is missing or damaged, all messages are read again, without harm."""
    try:
        return ReadPosition(**json.loads((home / "mailbox.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return ReadPosition()


def _store_position(home: Path, position: ReadPosition) -> None:
    write_atomically(home / "mailbox.json", json.dumps(asdict(position)).encode())
