"""Mail that was kept as files instead of being sent, read back for an inbox page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

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


def kept_mail(folder: Path, limit: int = 500) -> list[KeptMail]:
    """The newest messages in `folder`, newest first: their names begin with the time."""
    try:
        names = sorted((path.name for path in folder.iterdir() if NAME.fullmatch(path.name)), reverse=True)
    except FileNotFoundError:
        return []
    return [mail for name in names[:limit] if (mail := find_kept(folder, name))]


def find_kept(folder: Path, name: str) -> KeptMail | None:
    """The message kept under `name`, or None; a name that leads out of the folder finds nothing."""
    if not NAME.fullmatch(name):
        return None
    try:
        return read_mail(name, (folder / name).read_bytes())
    except OSError:
        return None


def read_mail(name: str, content: bytes) -> KeptMail:
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
