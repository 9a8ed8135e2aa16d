"""Send malformed requests to a running web process: `python -m bench.hot_path_fuzz [NUMBER]`.

Prints memory and open files of the process after each eighth, and checks that it still serves. Caches fill up in the
first half; growth in the second half would be a leak. The allocator works in steps of some megabytes, so the
minimum of each half is compared.
"""

import random
import socket
import sys
from pathlib import Path

from bench.processes import memory
from bench.servers.installation import running_installation
from tests.support.malformed_requests import random_requests

A_CONNECTION = 5
"""Requests at most that are sent over one connection before it is left without a word."""
WRITE = """
from stoppress.service.django_setup import set_up
set_up()
from django.utils import timezone
from stoppress.coverage.actions import open_blog, publish
from stoppress.coverage.post_content import Content
open_blog(slug="storm-maren", headline="Storm Maren", standfirst="", zone="UTC", by="fuzz", now=timezone.now())
for n in range(20):
    publish("storm-maren", Content(headline=f"Entry {n}"), by="fuzz", now=timezone.now())
"""
PARTS = 8
MOST_GROWTH = 4 * 2**20
"""Bytes that the second half may add."""


def main(number: int = 100_000) -> int:
    """Send and compare; return 1 if connections or memory leak."""
    chance = random.Random(20)
    with running_installation() as installation:
        installation.python(WRITE)  # posts that the requests name
        held, files = [], []
        for part in range(PARTS):
            _throw(installation.port, chance, number // PARTS)
            held.append(memory(installation.pid))
            files.append(_files(installation.pid))
            print(
                f"{number // PARTS * (part + 1):9,} requests: {held[-1] / 2**20:6.1f} MiB, {files[-1]} files",
                flush=True,
            )
        serves = b"Entry 19" in installation.get("/live/storm-maren")
    grown, opened = (min(what[PARTS // 2 :]) - min(what[: PARTS // 2]) for what in (held, files))
    said = "it serves" if serves else "the page is not served"
    print(f"the second half added {grown / 2**20:+.1f} MiB and {opened:+d} files; {said}")
    return 0 if serves and opened <= 5 and grown < MOST_GROWTH else 1


def _throw(port: int, chance: random.Random, number: int) -> None:
    sent = 0
    while sent < number:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.settimeout(0.002)
            for _ in range(chance.randrange(1, A_CONNECTION + 1)):
                sent += 1
                try:
                    connection.sendall(random_requests(chance))
                    connection.recv(65536)
                except TimeoutError:
                    continue
                except OSError:
                    break


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
