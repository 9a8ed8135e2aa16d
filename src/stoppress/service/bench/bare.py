"""The least that fan-out can cost here: accept, then one `send` of ready bytes per socket, in a bare loop.

python -m stoppress.service.bench.bare      prints its port; each line of standard input is sent to all
"""

import json
import socket
import sys
import threading

from stoppress.service.bench.crowd import raise_limit

HELLO = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent: hello\n\n"


def main() -> None:
    """Serve until standard input ends."""
    raise_limit()
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listening.getsockname()[1], flush=True)
    readers: list[socket.socket] = []
    threading.Thread(target=_accept, args=(listening, readers), daemon=True).start()
    for line in sys.stdin:
        frame = json.loads(line).encode()
        for reader in readers:
            reader.send(frame)


def _accept(listening: socket.socket, readers: list[socket.socket]) -> None:
    while True:
        reader, _ = listening.accept()
        reader.recv(4096)
        reader.sendall(HELLO)
        readers.append(reader)


if __name__ == "__main__":
    main()
