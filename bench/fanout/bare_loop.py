"""Fan-out by a bare loop of one thread: accept, then one `send` of ready bytes per socket.

python -m bench.fanout.bare_loop      prints its port; each line of standard input is a command

"frame"                         sent to all
{"seconds": 3, "then": "…"}     close all connections, which return in that time and get `then`
"""

import contextlib
import json
import random
import socket
import sys
import threading

from bench.fanout.sse_clients import raise_limit

HELLO = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent: hello\n\n"


class BareLoop:
    """The sockets, and the bytes for new connections."""

    def __init__(self) -> None:
        self.readers: list[socket.socket] = []
        self.greeting = HELLO

    def send(self, frame: bytes) -> None:
        """Run the measured loop."""
        for reader in self.readers:
            reader.send(frame)

    def throw_out(self, seconds: float, then: str) -> None:
        """Close all connections as a stopping server does, with a time to return for each."""
        gone, self.readers, self.greeting = self.readers, [], HELLO + then.encode()
        for reader in gone:
            with reader, contextlib.suppress(OSError):  # readers may have left already
                reader.send(b'event: bye\ndata: {"wait":%.1f}\n\n' % random.uniform(0.2, seconds))

    def accept(self, listening: socket.socket) -> None:
        """Accept connections without end."""
        while True:
            reader, _ = listening.accept()
            reader.recv(4096)
            reader.sendall(self.greeting)
            self.readers.append(reader)


def main() -> None:
    """Serve until standard input ends."""
    raise_limit()
    bare, listening = BareLoop(), socket.create_server(("127.0.0.1", 0), backlog=4096)
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
