"""Write and read mail that is kept as files instead of being sent.

The mailer and the demo's SMTP server write the files; the inbox page at the desk reads them.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path

from stoppress.runtime.atomic_files import write_atomically
from stoppress.runtime.text_cleaning import clean_line

MAX_LISTED_MESSAGES = 200
"""Maximum number of messages that an inbox page lists, the newest ones."""
MAX_TRACE_BYTES = 4096
"""Bytes at the begin of a file that hold `Return-Path:` and `Delivered-To:`."""
DELIVERED_TO = re.compile(rb"^Delivered-To: ([^\r\n]*)", re.MULTILINE)
FILE_NAME = re.compile(r"[\w][\w.+-]{0,150}\.eml", re.ASCII)


@dataclass(frozen=True)
class KeptMail:
    """One kept message. A field that could not be parsed is empty."""

    name: str
    subject: str
    sender: str
    to: str
    date: datetime | None
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    size: int


class MailFolder:
    """A folder of messages, one file each, in the form that a mailbox stores.

    `Return-Path:` and `Delivered-To:` come first (RFC 5321 4.4), then the message unchanged. Within one process, names
    sort by arrival. A file exists only as a whole; a name that begins with a dot is an unfinished file.

    Args:
        folder: where the files are written.
        clock: returns the present time in UTC.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._arrivals = count(1)

    def create(self) -> None:
        """Create the folder if it is missing.

        Raises:
            OSError: the folder cannot be created.
        """
        self._folder.mkdir(parents=True, exist_ok=True)

    def write(self, sender: str, recipient: str, message: bytes) -> None:
        """Write one recipient's copy.

        Raises:
            OSError: the file is not on the disk.
        """
        name = f"{self._clock():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.{next(self._arrivals):06d}.eml"
        top = _trace_header("Return-Path", f"<{sender}>") + _trace_header("Delivered-To", recipient)
        write_atomically(self._folder / name, top + message)


def _trace_header(name: str, value: str) -> bytes:
    return f"{name}: {clean_line(value)}\r\n".encode()


def list_kept_mail(folder: Path, limit: int = MAX_LISTED_MESSAGES) -> list[KeptMail]:
    """Return the newest messages in `folder`, newest first. Their names begin with the time."""
    try:
        names = sorted((path.name for path in folder.iterdir() if FILE_NAME.fullmatch(path.name)), reverse=True)
    except FileNotFoundError:
        return []
    return [mail for name in names[:limit] if (mail := find_kept_mail(folder, name))]


def find_kept_mail(folder: Path, name: str) -> KeptMail | None:
    """Return the message in the file `name`, or None; a name that leads out of the folder is never opened."""
    if not FILE_NAME.fullmatch(name):
        return None
    try:
        return parse_kept_mail(name, (folder / name).read_bytes())
    except OSError:
        return None


def delete_kept_mail(folder: Path, is_unwanted: Callable[[str], bool], since: float = 0.0) -> int:
    """Delete the messages to unwanted recipients, also unfinished ones; return their number.

    Args:
        folder: the folder of kept mail; it may be missing.
        is_unwanted: is called with the address in `Delivered-To:`.
        since: time (seconds since the epoch) before which a file was written that need not be searched.
    """
    count = 0
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            with contextlib.suppress(FileNotFoundError):
                if entry.stat().st_mtime < since or not entry.is_file():
                    continue
                with Path(entry.path).open("rb") as file:
                    found = DELIVERED_TO.search(file.read(MAX_TRACE_BYTES))
                if found and is_unwanted(found[1].decode(errors="replace")):
                    Path(entry.path).unlink()
                    count += 1
    return count


def parse_kept_mail(name: str, content: bytes) -> KeptMail:
    """Parse one message. Never raises, whatever `content` is."""
    message = message_from_bytes(content, policy=policy.default)
    headers = tuple(_headers(message))
    by_lower_name = {key.lower(): value for key, value in reversed(headers)}
    return KeptMail(
        name=name,
        subject=by_lower_name.get("subject", ""),
        sender=by_lower_name.get("from", ""),
        to=by_lower_name.get("delivered-to") or by_lower_name.get("to", ""),
        date=_date(by_lower_name.get("date", "")),
        html=_part(message, "html"),
        text=_part(message, "plain"),
        headers=headers,
        size=len(content),
    )


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for key, raw in message.raw_items():
        try:
            value = str(message.policy.header_fetch_parse(key, _readable(raw)))
        except Exception:  # noqa: BLE001  # The standard library's parser raises on some broken headers.
            value = str(raw)
        yield key, " ".join(value.encode("utf-8", "replace").decode().split())


def _readable(raw: str) -> str:
    """Return a field in UTF-8 (RFC 6532) as text: the parser of bytes supports ASCII alone."""
    try:
        return raw.encode("utf-8", "surrogateescape").decode()
    except UnicodeError:
        return raw


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _part(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body((kind,))
        content = part.get_content() if part else ""
    except Exception:  # noqa: BLE001  # The same for parts: a broken part is shown as empty.
        return ""
    text = content if isinstance(content, str) else ""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n")
