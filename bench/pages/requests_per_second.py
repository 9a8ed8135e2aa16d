"""Pages per second: a live page of 50 posts from the cache, and from nginx as a file."""

import re
import shutil
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.pages.page_installation import choose_cores, web_process, write_blog
from bench.processes import children, cpu_seconds
from bench.servers.installation import free_port
from bench.servers.nginx import nginx, one_file, program

CONNECTIONS = 64
ROUNDS = 5
ENCODING = "br"
AT_LEAST = "≥ 0.9 × nginx"

Server = tuple[str, int]
"""An address and the process that answers there."""


def measure_speed(home: Path, seconds: float) -> Iterator[Figure]:
    """Measure both in turn, one core for server and client each; yield medians."""
    if shutil.which("wrk") is None:
        yield Figure("page of 50 posts", None, "requests/s", note="wrk is not installed (make bench-deps)")
        yield Figure("page of 50 posts ÷ nginx", None, target=AT_LEAST)
        return
    write_blog("fifty", 50)
    port, (ours, theirs) = free_port(), choose_cores()
    address = f"http://127.0.0.1:{port}/live/fifty"
    with web_process(port, ours) as pid:
        body = fetch(address)
        yield Figure("page of 50 posts, compressed", len(body), "bytes", note=ENCODING)
        wrk(address, 1.0, theirs)
        if program() is None:
            rates = [wrk(address, seconds, theirs) for _ in range(ROUNDS)]
            yield Figure("page of 50 posts", statistics.median(rates), "requests/s")
            yield Figure("page of 50 posts ÷ nginx", None, target=AT_LEAST, note="nginx is not installed")
            return
        yield from _side_by_side(home, (address, pid), body, seconds)


def _side_by_side(home: Path, mine: Server, body: bytes, seconds: float) -> Iterator[Figure]:
    ours, theirs = choose_cores()
    page, port = home / "page.html", free_port()
    page.write_bytes(body)
    beside = f"http://127.0.0.1:{port}/live/fifty"
    with nginx(home / "nginx", one_file(port, page, ENCODING), beside, ours) as pid:
        if fetch(beside) != body:
            raise RuntimeError("nginx serves other bytes")
        rounds = [(_round(mine, seconds, theirs), _round((beside, pid), seconds, theirs)) for _ in range(ROUNDS)]
    for place, name in enumerate(("page of 50 posts", "the same bytes as a file from nginx")):
        yield Figure(name, statistics.median(pair[place][0] for pair in rounds), "requests/s")
        yield Figure(f"{name}: processor time", statistics.median(pair[place][1] for pair in rounds), "µs/request")
    ratio = statistics.median(own[0] / other[0] for own, other in rounds)
    yield Figure("page of 50 posts ÷ nginx", ratio, target=AT_LEAST, note=f"median of {ROUNDS} rounds side by side")
    saved = statistics.median(other[1] / own[1] for own, other in rounds)
    note = "requests per second of processor time: what a busy machine does not disturb"
    yield Figure("page of 50 posts ÷ nginx, per processor second", saved, target=AT_LEAST, note=note)


def _round(server: Server, seconds: float, core: int | None) -> tuple[float, float]:
    """Return requests per second, and CPU microseconds of the server per request."""
    address, pid = server
    pids = (pid, *children(pid))
    before, began = cpu_seconds(*pids), time.perf_counter()
    rate = wrk(address, seconds, core)
    spent, took = cpu_seconds(*pids) - before, time.perf_counter() - began
    return rate, spent / (rate * took) * 1e6


def fetch(address: str) -> bytes:
    """Return the encoded body."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": ENCODING})
    with urllib.request.urlopen(request, timeout=10) as response:
        return bytes(response.read())


def wrk(address: str, seconds: float, core: int | None) -> float:
    """Return the requests per second that wrk measures; raise RuntimeError if a request fails."""
    pinned = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    command = [*pinned, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    header = ["-H", f"Accept-Encoding: {ENCODING}"]
    found = subprocess.run([*command, *header, address], capture_output=True, text=True, check=True, timeout=120).stdout
    rate = re.search(r"Requests/sec:\s*([\d.]+)", found)
    if rate is None or "Non-2xx" in found or "Socket errors" in found:
        raise RuntimeError(f"wrk: {found}")
    return float(rate[1])
