"""Requests that reach the origin: many polling clients through a real nginx, computed for a million.

The load of the origin depends on the number of addresses, not of clients: the cache passes one request per address
and second. At any moment there are two: the cursor of the newest change, and, for some
seconds after a change, the one before it. So twice as many pollers must not make more requests at the origin; both
are measured.
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from bench.pages.page_installation import web_process, write_blog, write_post
from bench.servers.installation import free_port
from bench.servers.nginx import nginx, program

SLUG = "polled"
POLLERS, WAIT = 1_000_000, 5.0
RATES = (100, 400)
"""Polls per second through the cache, in two rounds."""
LASTS = 12.0
CHANGE_EVERY = 6.0
AT_MOST = "≤ 2 requests/s"


def measure_polling(home: Path, conf: Path | None = None) -> Iterator[Figure]:
    """Poll in two rounds through the shipped configuration while posts are published."""
    name = f"origin, {POLLERS:,} pollers of one live blog"
    conf = conf or Path(__file__).parents[2] / "deploy" / "nginx" / "stoppress.conf"
    if program() is None or not conf.exists():
        why = "nginx is not installed (make bench-deps)" if program() is None else f"{conf.name} is not here"
        yield Figure(name, None, "requests/s", AT_MOST, why)
        return
    write_blog(SLUG, 50)
    port, log = free_port(), home / "origin.log"
    with web_process(port):
        through = free_port()
        with nginx(home / "cache", configuration(conf, home, port, through), f"http://127.0.0.1:{through}/healthz"):
            found = [_round(through, rate, log) for rate in RATES]
    for rate, origin in zip(RATES, found, strict=True):
        yield Figure(f"origin, {rate} polls/s through nginx", origin, "requests/s")
    per_poll = max(0.0, (found[1] - found[0]) / (RATES[1] - RATES[0]))
    note = f"a poll in {WAIT:.0f} s each, a change in {CHANGE_EVERY:.0f} s; the cache asks per address, not per reader"
    if per_poll < 0.001:
        yield Figure(name, max(found), "requests/s", AT_MOST, note)
    else:
        grown = found[0] + per_poll * (POLLERS / WAIT - RATES[0])
        yield Figure(name, grown, "requests/s", AT_MOST, "it grows with the pollers")


def configuration(conf: Path, home: Path, origin: int, port: int) -> str:
    """Return the shipped configuration with ports and folders of this run.

    A second server between it and the origin logs every request, background ones included.
    """
    counter = free_port()
    text = conf.read_text(encoding="utf-8").replace("/var/cache/nginx/stoppress", str(home / "kept"))
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{counter}").replace("listen 80;", f"listen 127.0.0.1:{port};")
    return f"""{text}
    log_format origin "$uri";
    server {{ listen 127.0.0.1:{counter}; access_log {home}/origin.log origin;
      location / {{ proxy_pass http://127.0.0.1:{origin}; proxy_set_header Host $host; }} }}"""


def _round(port: int, rate: int, log: Path) -> float:
    """Return requests per second at the origin under `rate` polls per second."""
    before = _asked(log)
    writer = threading.Thread(target=_write_now_and_then)
    writer.start()
    began = time.monotonic()
    _poll(port, rate, began)
    writer.join()
    return (_asked(log) - before) / (time.monotonic() - began)


def _write_now_and_then() -> None:
    from django.db import connection

    for _ in range(int(LASTS / CHANGE_EVERY)):
        write_post(SLUG, 1, datetime.now(UTC))
        time.sleep(CHANGE_EVERY)
    connection.close()


def _poll(port: int, rate: int, began: float) -> None:
    """Poll as ten clients in turn, each from the cursor of its last response."""
    from stoppress.coverage.public_posts import find_blog

    blog = find_blog(SLUG)
    cursors = [f"{blog.epoch}-{blog.seq}"] * 10
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for number in range(int(rate * LASTS)):
        turn = number % len(cursors)
        connection.request("GET", f"/live/{SLUG}/changes/{cursors[turn]}")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a poll was answered {answer.status}: {body[:600]!r}")
        said = json.loads(body)
        cursors[turn] = said["cursor"]
        time.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))
    connection.close()


def _asked(log: Path) -> int:
    """Return the number of `/changes` responses of the origin; nginx logs one line each."""
    return sum(f"/live/{SLUG}/changes/" in line for line in log.read_text().splitlines()) if log.exists() else 0
