"""URL of the IMAP mailbox that bounces are delivered to: `imaps://user:password@host/FOLDER?then=seen`."""

import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
OPTIONS = frozenset({"then", "verify"})


@dataclass(frozen=True)
class MailboxUrl:
    """A mailbox, and what happens to a message after its report is recorded. repr and str hide user and password.

    Attributes:
        host: the IMAP server.
        port: its port.
        user: user name for the log-in.
        password: password for the log-in.
        folder: the folder to read.
        then: `seen`, `delete`, or `move:FOLDER`.
        uses_tls: True for imaps://.
        verifies_certificate: False with `verify=no`.
    """

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = "INBOX"
    then: str = "seen"
    uses_tls: bool = True
    verifies_certificate: bool = True

    @classmethod
    def parse(cls, url: str) -> "MailboxUrl":
        """Parse `imaps://user:password@host[:port][/FOLDER][?then=seen|delete|move:FOLDER&verify=no]`.

        `imap://` (without TLS) is allowed for this machine only. All parts are percent-encoded.

        Raises:
            ValueError: the URL is invalid; the message quotes no part of it.
        """
        try:
            parts = urlsplit(url.strip())
        except ValueError:  # urllib's own message would quote the password
            raise ValueError("the host in a mailbox URL is malformed") from None
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            port = parts.port or (993 if parts.scheme == "imaps" else 143)
        except ValueError:
            raise ValueError("the port of a mailbox URL must be a number from 1 to 65535") from None
        mailbox = cls(
            host=unquote(parts.hostname or ""),
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.lstrip("/")) or "INBOX",
            then=options.get("then", "seen"),
            uses_tls=parts.scheme == "imaps",
            verifies_certificate=options.get("verify", "yes") != "no",
        )
        mailbox._check(parts.scheme, options)
        return mailbox

    def _check(self, scheme: str, options: dict[str, str]) -> None:
        if scheme not in ("imap", "imaps") or not self.host:
            raise ValueError("a mailbox URL must be imaps://user:password@host/FOLDER")
        if scheme == "imap" and self.host not in LOOPBACK_HOSTS:
            raise ValueError("imap:// without TLS is allowed for this machine only; use imaps://")
        if not self.user or not self.password:
            raise ValueError("a mailbox URL must have a user and a password")
        if options.keys() - OPTIONS or options.get("verify", "yes") not in ("yes", "no"):
            raise ValueError("the options of a mailbox URL are then=seen|delete|move:FOLDER and verify=yes|no")
        is_move = self.then.startswith("move:") and self.then.removeprefix("move:").strip()
        if self.then not in ("seen", "delete") and not is_move:
            raise ValueError("then= must be seen, delete or move:FOLDER")
        if not all(text.isascii() and text.isprintable() for text in (self.user, self.folder, self.then)):
            raise ValueError("user and folders of a mailbox URL must be printable ASCII")
        if not self.password.isprintable():
            raise ValueError("the password of a mailbox URL must not contain control characters")

    def __str__(self) -> str:
        return f"{'imaps' if self.uses_tls else 'imap'}://{self.host}:{self.port}/{self.folder}"

    def tls_context(self) -> ssl.SSLContext:
        """Return the TLS context that verifies the server's certificate, if that is configured."""
        context = ssl.create_default_context()
        if not self.verifies_certificate:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
