"""A memory probe for every Python process that has this folder on its path and PROBES in its environment.

It listens on the Unix socket `PID.probe` in the folder PROBES. For each line with the two halves of a secret, it
answers with a line of JSON: the objects of its process that contain the secret (tests/support/memory_search.py).
"""

import json
import os
import socket
import threading
from pathlib import Path

FOLDER = os.environ.get("PROBES", "")


def serve(listener: socket.socket) -> None:
    """Answer one connection after the other, until the process ends."""
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as file:
            first, second = file.readline().split()
            file.write(json.dumps(search(first, second)) + "\n")


def search(first: str, second: str) -> list[str]:
    """Return the objects that contain the secret. The import is late: Django must be set up before."""
    from tests.support.memory_search import SplitText, find_holders

    return find_holders(SplitText(first, second))


if FOLDER:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(Path(FOLDER) / f"{os.getpid()}.probe"))
    listener.listen()
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
