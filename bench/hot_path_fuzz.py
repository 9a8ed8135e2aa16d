"""Throw malformed requests at a running web process and look what is left: python -m bench.hot_path_fuzz [NUMBER]

Says how many were sent, the process's memory and open files before and after, and whether it still serves.
"""

import os
import random
import socket
import sys
from pathlib import Path

from stoppress.service.bench.newsroom import newsroom
from stoppress.service.bench.processes import memory
from tests.malformed import varied

A_CONNECTION = 5
"""Requests at most that are sent over one connection before it is left without a word."""


def main(number: int = 100_000) -> int:
    """Send and compare; 1 if connections or more than 16 MiB are kept."""
    chance = random.Random(20)
    with newsroom() as room:
        _throw(room.port, chance, number // 10)
        before, files = memory(room.pid), _files(room.pid)
        _throw(room.port, chance, number)
        after, files_after = memory(room.pid), _files(room.pid)
        serves = b"ok" in room.get("/healthz")
    print(f"{number:,} requests: memory {before / 2**20:.1f} → {after / 2**20:.1f} MiB, files {files} → {files_after}")
    return 0 if serves and files_after <= files + 5 and after - before < 16 * 2**20 else 1


def _throw(port: int, chance: random.Random, number: int) -> None:
    sent = 0
    while sent < number:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.settimeout(0.002)
            for _ in range(chance.randrange(1, A_CONNECTION + 1)):
                sent += 1
                try:
                    connection.sendall(varied(chance))
                    connection.recv(65536)
                except TimeoutError:
                    continue
                except OSError:
                    break


def _files(pid: int) -> int:
    return len(os.listdir(Path(f"/proc/{pid}/fd")))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
