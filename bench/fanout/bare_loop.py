"""What fan-out costs a bare loop of one thread: accept, then one `send` of ready bytes per socket.

python -m bench.fanout.bare_loop      prints its port; each line of standard input is an order

"frame"                         sent to all
{"seconds": 3, "then": "…"}     throw all out, to come back spread over so many seconds; `then` is sent to who comes
"""

import contextlib
import json
import random
import socket
import sys
import threading

from bench.fanout.sse_clients import raise_limit

HELLO = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent: hello\n\n"


class Bare:
    """The sockets, and what is said to those who come."""

    def __init__(self) -> None:
        self.readers: list[socket.socket] = []
        self.greeting = HELLO

    def send(self, frame: bytes) -> None:
        """The loop that is measured."""
        for reader in self.readers:
            reader.send(frame)

    def throw_out(self, seconds: float, then: str) -> None:
        """As a server that stops: everybody gets a time to come back at."""
        gone, self.readers, self.greeting = self.readers, [], HELLO + then.encode()
        for reader in gone:
            with reader, contextlib.suppress(OSError):  # who left before, and how
                reader.send(b'event: bye\ndata: {"wait":%.1f}\n\n' % random.uniform(0.2, seconds))

    def accept(self, listening: socket.socket) -> None:
        """Take whoever comes, for ever."""
        while True:
            reader, _ = listening.accept()
            reader.recv(4096)
            reader.sendall(self.greeting)
            self.readers.append(reader)


def main() -> None:
    """Serve until standard input ends."""
    raise_limit()
    bare, listening = Bare(), socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listening.getsockname()[1], flush=True)
    threading.Thread(target=bare.accept, args=(listening,), daemon=True).start()
    for line in sys.stdin:
        order = json.loads(line)
        if isinstance(order, str):
            bare.send(order.encode())
        else:
            bare.throw_out(order["seconds"], order["then"])


if __name__ == "__main__":
    main()
