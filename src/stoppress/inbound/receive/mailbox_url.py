"""Where the mailbox is that bounces are delivered to: `imaps://user:password@host/FOLDER?then=seen`."""

import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
OPTIONS = frozenset({"then", "verify"})


@dataclass(frozen=True)
class MailboxUrl:
    """A mailbox, and what becomes of a message when its facts are written down: `seen`, `delete`, or `move:FOLDER`.

    Its repr and str show neither log-in nor password.
    """

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = "INBOX"
    then: str = "seen"
    secure: bool = True
    verify: bool = True

    @classmethod
    def parse(cls, url: str) -> "MailboxUrl":
        """From `imaps://user:password@host[:port][/FOLDER][?then=seen|delete|move:FOLDER&verify=no]`.

        `imap://` (no TLS) is for this machine only. All parts are percent-encoded. Raises ValueError, which quotes
        nothing.
        """
        try:
            parts = urlsplit(url.strip())
        except ValueError:  # urllib's own message would quote the log-in
            raise ValueError("the host in a mailbox's URL cannot be read") from None
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            port = parts.port or (993 if parts.scheme == "imaps" else 143)
        except ValueError:
            raise ValueError("a mailbox's port is a number from 1 to 65535") from None
        found = cls(
            host=unquote(parts.hostname or ""),
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.lstrip("/")) or "INBOX",
            then=options.get("then", "seen"),
            secure=parts.scheme == "imaps",
            verify=options.get("verify", "yes") != "no",
        )
        found._check(parts.scheme, options)
        return found

    def _check(self, scheme: str, options: dict[str, str]) -> None:
        if scheme not in ("imap", "imaps") or not self.host:
            raise ValueError("a mailbox is imaps://user:password@host/FOLDER")
        if scheme == "imap" and self.host not in LOOPBACK_HOSTS:
            raise ValueError("imap:// without TLS is for this machine only; use imaps://")
        if not self.user or not self.password:
            raise ValueError("a mailbox's address needs user and password")
        if options.keys() - OPTIONS or options.get("verify", "yes") not in ("yes", "no"):
            raise ValueError("after the ? a mailbox's address has then= and verify=yes|no")
        if self.then not in ("seen", "delete") and not self.then.removeprefix("move:").strip():
            raise ValueError("then= is seen, delete or move:FOLDER")
        if self.then not in ("seen", "delete") and not self.then.startswith("move:"):
            raise ValueError("then= is seen, delete or move:FOLDER")
        if not all(text.isascii() and text.isprintable() for text in (self.user, self.folder, self.then)):
            raise ValueError("user and folders of a mailbox are printable ASCII")
        if not self.password.isprintable():
            raise ValueError("a mailbox's password is one line")

    def __str__(self) -> str:
        return f"{'imaps' if self.secure else 'imap'}://{self.host}:{self.port}/{self.folder}"

    def tls(self) -> ssl.SSLContext:
        """How its certificate is checked."""
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
