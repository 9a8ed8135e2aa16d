"""Mail that was kept as files instead of being sent: written by the mailer or the demo's server, read by the inbox."""

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

MAX_LISTED_MESSAGES = 200
"""Messages that an inbox page shows, the newest ones."""
NAME = re.compile(r"[\w][\w.+-]{0,150}\.eml", re.ASCII)


@dataclass(frozen=True)
class KeptMail:
    """One kept message. What could not be read is empty."""

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
    """A folder of messages, each in a file of its own, as a mailbox would hold them.

    `Return-Path:` and `Delivered-To:` stand on top (RFC 5321 4.4), the message as it came below. Names sort by arrival
    within one process. A file is there as a whole or not at all; names that begin with a dot are unfinished files.

    Args:
        folder: where the files go.
        clock: returns the present time in UTC.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._arrivals = count(1)

    def create(self) -> None:
        """Create the folder if it is missing. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def write(self, sender: str, recipient: str, message: bytes) -> None:
        """Write one recipient's copy. Raises OSError if it is not on the disk."""
        name = f"{self._clock():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.{next(self._arrivals):06d}.eml"
        top = _trace_header("Return-Path", f"<{sender}>") + _trace_header("Delivered-To", recipient)
        write_atomically(self._folder / name, top + message)


def _trace_header(name: str, value: str) -> bytes:
    return f"{name}: {''.join(filter(str.isprintable, value))}\r\n".encode()


def list_kept_mail(folder: Path, limit: int = MAX_LISTED_MESSAGES) -> list[KeptMail]:
    """The newest messages in `folder`, newest first: their names begin with the time."""
    try:
        names = sorted((path.name for path in folder.iterdir() if NAME.fullmatch(path.name)), reverse=True)
    except FileNotFoundError:
        return []
    return [mail for name in names[:limit] if (mail := find_kept_mail(folder, name))]


def find_kept_mail(folder: Path, name: str) -> KeptMail | None:
    """The message kept under `name`, or None; a name that leads out of the folder finds nothing."""
    if not NAME.fullmatch(name):
        return None
    try:
        return parse_kept_mail(name, (folder / name).read_bytes())
    except OSError:
        return None


def parse_kept_mail(name: str, content: bytes) -> KeptMail:
    """Read one message. Never raises, whatever `content` is."""
    message = message_from_bytes(content, policy=policy.default)
    headers = tuple(_headers(message))
    known = {key.lower(): value for key, value in reversed(headers)}
    return KeptMail(
        name=name,
        subject=known.get("subject", ""),
        sender=known.get("from", ""),
        to=known.get("delivered-to") or known.get("to", ""),
        date=_date(known.get("date", "")),
        html=_part(message, "html"),
        text=_part(message, "plain"),
        headers=headers,
        size=len(content),
    )


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for key, raw in message.raw_items():
        try:
            value = str(message.policy.header_fetch_parse(key, _readable(raw)))
        except Exception:  # The standard library's parser is known to fall over some broken headers.
            value = str(raw)
        yield key, " ".join(value.encode("utf-8", "replace").decode().split())


def _readable(raw: str) -> str:
    """A field in UTF-8 (RFC 6532) as it is meant: the parser of bytes knows ASCII alone."""
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
    except Exception:  # Likewise: a broken part is shown as none.
        return ""
    text = content if isinstance(content, str) else ""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n")
