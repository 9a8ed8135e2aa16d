"""A small IMAP server (RFC 3501, with UIDPLUS and MOVE) on 127.0.0.1, for one mailbox and what is moved out of it.

    with IMAPServer() as server:
        uid = server.deliver(b"Subject: …")
        … server.port, server.folders["INBOX"][uid].flags …

Knobs: `drop_after(command)` breaks the connection once, before it answers; `number_anew()` gives another UIDVALIDITY;
`without("MOVE")` takes an extension away; `refuse(command)` answers NO.
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
    """One message."""

    content: bytes
    flags: set[str] = field(default_factory=set)


class FakeImapServer:
    """See the module."""

    def __init__(self, *, tls: bool = True) -> None:
        self.folders: dict[str, dict[int, StoredMessage]] = {"INBOX": {}, "Done": {}}
        self.validity, self.next_uid, self.tls = 7, 1, tls
        self.capabilities = ["IMAP4rev1", "UIDPLUS", "MOVE"]
        self.said: list[str] = []
        self._drop = self._refuse = ""
        server = self

        class Visit(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server._visit(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

            def get_request(self) -> tuple[socket.socket, object]:
                connection, peer = super().get_request()
                return (server._context().wrap_socket(connection, server_side=True) if server.tls else connection), peer

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is no fault."""

        self._server = Server(("127.0.0.1", 0), Visit)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> "FakeImapServer":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def deliver(self, content: bytes, folder: str = "INBOX") -> int:
        """Put a message in; its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.folders[folder][uid] = StoredMessage(content)
        return uid

    def number_anew(self) -> None:
        """As after a restore: other UIDs, another UIDVALIDITY."""
        self.validity += 1
        self.folders["INBOX"] = dict(enumerate(self.folders["INBOX"].values(), 1))

    def drop_after(self, command: str) -> None:
        """Break the connection the next time this command comes."""
        self._drop = command

    def refuse(self, command: str) -> None:
        """Answer it with NO from now on; "" ends that."""
        self._refuse = command

    def without(self, *extensions: str) -> None:
        """Do not offer these."""
        self.capabilities = [one for one in self.capabilities if one not in extensions]

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "test-only-certificate.pem", TLS / "test-only-key.pem")
        return context

    def _visit(self, heard, say) -> None:  # type: ignore[no-untyped-def]
        say.write(b"* OK ready\r\n")
        known = False
        for line in heard:
            found = [re.sub(rb"\\(.)", rb"\1", quoted) or plain for quoted, plain in _WORD.findall(line)]
            tag, *words = [word.decode() for word in found]
            verb = words.pop(0).upper()
            if verb == "UID":
                verb = f"UID {words.pop(0).upper()}"
            self.said.append(verb)
            if self._drop == verb:
                self._drop = ""
                return
            if self._refuse == verb or (verb == "LOGIN" and words != [USER, PASSWORD]):
                say.write(f"{tag} NO [UNAVAILABLE] not now\r\n".encode())
                continue
            known = known or verb == "LOGIN"
            if verb == "CAPABILITY" and not known:
                say.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + f"{tag} OK done\r\n".encode())
                continue
            for answer in self._answers(verb, words):
                say.write(answer + b"\r\n")
            say.write(f"{tag} OK done\r\n".encode())
            if verb == "LOGOUT":
                return

    def _answers(self, verb: str, words: list[str]) -> list[bytes]:
        inbox = self.folders["INBOX"]
        match verb:
            case "CAPABILITY":
                return [f"* CAPABILITY {' '.join(self.capabilities)}".encode()]
            case "SELECT":
                return [b"* %d EXISTS" % len(inbox), b"* OK [UIDVALIDITY %d] ok" % self.validity]
            case "UID SEARCH":
                first = int(words[1].partition(":")[0])
                found = {uid for uid in inbox if uid >= first} | ({max(inbox)} if inbox else set())
                return [b"* SEARCH" + b"".join(b" %d" % uid for uid in sorted(found))]
            case "UID FETCH":
                uid = int(words[0])
                if uid not in inbox:
                    return []
                most = int(re.findall(r"<0\.(\d+)>", " ".join(words))[0])
                body = inbox[uid].content[:most]
                return [b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%s)" % (uid, len(body), body)]
            case "UID STORE":
                inbox[int(words[0])].flags |= set(re.findall(r"\\?\w+", words[2]))
            case "UID COPY" | "UID MOVE":
                kept = inbox.pop(int(words[0])) if verb == "UID MOVE" else inbox[int(words[0])]
                self.deliver(kept.content, words[1])
            case "UID EXPUNGE":
                del inbox[int(words[0])]
        return []
