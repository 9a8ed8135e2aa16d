"""A name server on loopback with the failures that a resolver may meet.

    with NameServer({"example.com": {"MX": ["0 ."]}}) as server: …    server.address == "127.0.0.1:40123"

A name outside the zone gets NXDOMAIN, a name without records of the queried type an empty answer. `is_silent` makes it
answer no query, `is_broken` makes it answer SERVFAIL.
"""

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[str, Mapping[str, Sequence[str]]]


class NameServer:
    """Answer over UDP; `queries` contains the received queries as `name type`."""

    def __init__(self, zone: Zone) -> None:
        self.zone, self.is_silent, self.is_broken = zone, False, False
        self.queries: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "NameServer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):
            self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            answer = self._answer(dns.message.from_wire(data))
            if not self.is_silent:
                self._socket.sendto(answer.to_wire(), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.queries.append(f"{name} {kind}")
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if self.is_broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.zone:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif records := self.zone[name].get(kind):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        return answer
