"""A fake IMAP server (RFC 3501 with UIDPLUS and MOVE) on 127.0.0.1, with one mailbox and a folder to move messages to.

    with FakeImapServer() as server:
        uid = server.deliver(b"Subject: …")
        … server.port, server.folders["INBOX"][uid].flags …

Knobs: `drop_before_reply(command)` closes the connection once instead of replying; `renumber()` changes UIDVALIDITY;
`remove_extensions("MOVE")` stops offering an extension; `refuse(command)` replies NO.
"""

import re
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path

USER, PASSWORD = "desk", 'ti"de\\s'
TLS = Path(__file__).parents[1] / "data" / "tls"
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^\s"]+)')


@dataclass
class StoredMessage:
    """One message with its flags."""

    content: bytes
    flags: set[str] = field(default_factory=set)


class FakeImapServer:
    """The server; see the module's docstring."""

    def __init__(self, *, tls: bool = True) -> None:
        self.folders: dict[str, dict[int, StoredMessage]] = {"INBOX": {}, "Done": {}}
        self.uid_validity, self.next_uid, self.tls = 7, 1, tls
        self.capabilities = ["IMAP4rev1", "UIDPLUS", "MOVE"]
        self._dropped_command = self._refused_command = ""
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake._serve(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

            def get_request(self) -> tuple[socket.socket, object]:
                connection, peer = super().get_request()
                return (fake._tls_context().wrap_socket(connection, server_side=True) if fake.tls else connection), peer

            def handle_error(self, request: object, client_address: object) -> None:
                """Ignore clients that disconnect."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> "FakeImapServer":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def deliver(self, content: bytes, folder: str = "INBOX") -> int:
        """Store a message and return its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.folders[folder][uid] = StoredMessage(content)
        return uid

    def renumber(self) -> None:
        """Change UIDs and UIDVALIDITY, as after a restore."""
        self.uid_validity += 1
        self.folders["INBOX"] = dict(enumerate(self.folders["INBOX"].values(), 1))

    def drop_before_reply(self, command: str) -> None:
        """Close the connection the next time this command arrives."""
        self._dropped_command = command

    def refuse(self, command: str) -> None:
        """Reply NO to this command from now on; "" ends that."""
        self._refused_command = command

    def remove_extensions(self, *extensions: str) -> None:
        """Stop offering these extensions."""
        self.capabilities = [each for each in self.capabilities if each not in extensions]

    def _tls_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "test-only-certificate.pem", TLS / "test-only-key.pem")
        return context

    def _serve(self, reader, writer) -> None:  # type: ignore[no-untyped-def]
        writer.write(b"* OK ready\r\n")
        is_logged_in = False
        for line in reader:
            values = [re.sub(rb"\\(.)", rb"\1", quoted) or plain for quoted, plain in _WORD.findall(line)]
            tag, *arguments = [value.decode() for value in values]
            command = arguments.pop(0).upper()
            if command == "UID":
                command = f"UID {arguments.pop(0).upper()}"
            if self._dropped_command == command:
                self._dropped_command = ""
                return
            is_wrong_login = command == "LOGIN" and arguments != [USER, PASSWORD]
            if self._refused_command == command or is_wrong_login:
                writer.write(f"{tag} NO [UNAVAILABLE] try again later\r\n".encode())
                continue
            is_logged_in = is_logged_in or command == "LOGIN"
            if command == "CAPABILITY" and not is_logged_in:
                writer.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + f"{tag} OK done\r\n".encode())
                continue
            for response in self._responses(command, arguments):
                writer.write(response + b"\r\n")
            writer.write(f"{tag} OK done\r\n".encode())
            if command == "LOGOUT":
                return

    def _responses(self, command: str, arguments: list[str]) -> list[bytes]:
        inbox = self.folders["INBOX"]
        match command:
            case "CAPABILITY":
                return [f"* CAPABILITY {' '.join(self.capabilities)}".encode()]
            case "SELECT":
                return [b"* %d EXISTS" % len(inbox), b"* OK [UIDVALIDITY %d] ok" % self.uid_validity]
            case "UID SEARCH":
                first = int(arguments[1].partition(":")[0])
                uids = {uid for uid in inbox if uid >= first} | ({max(inbox)} if inbox else set())
                return [b"* SEARCH" + b"".join(b" %d" % uid for uid in sorted(uids))]
            case "UID FETCH":
                uid = int(arguments[0])
                if uid not in inbox:
                    return []
                max_bytes = int(re.findall(r"<0\.(\d+)>", " ".join(arguments))[0])
                body = inbox[uid].content[:max_bytes]
                return [b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%s)" % (uid, len(body), body)]
            case "UID STORE":
                inbox[int(arguments[0])].flags |= set(re.findall(r"\\?\w+", arguments[2]))
            case "UID COPY" | "UID MOVE":
                uid = int(arguments[0])
                message = inbox.pop(uid) if command == "UID MOVE" else inbox[uid]
                self.deliver(message.content, arguments[1])
            case "UID EXPUNGE":
                del inbox[int(arguments[0])]
        return []
