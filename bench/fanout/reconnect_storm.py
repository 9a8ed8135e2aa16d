"""A restart under thousands of readers: all of them reconnect with a cursor and receive what they missed.

The number of backfills is read from /metrics. A bare loop, which has nothing to start and nothing to look up, is the
lower bound of the machine.
"""

import json
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

from bench.fanout.fanout_targets import SLACK
from bench.figures import Figure
from bench.processes import Worker
from bench.servers.installation import Installation
from stoppress.edge.live.heartbeat import reconnect_window_seconds

WITHIN = 5.0
"""Seconds from the signal to stop until the last reader has caught up."""
SETTLED = 2.5
"""Seconds after which /metrics is up to date: each worker writes its figures once a second."""
MISSED = ("the first after", "the second after", "the third after")


def measure_restart(
    installation: Installation,
    stream: str,
    bare: tuple[Worker, int],
    bare_clients: Worker,
    clients: Worker,
    readers: int,
) -> Iterator[Figure]:
    """Stop, start, publish three. `bare`: the bare loop, and its port."""
    least = _bare(bare, bare_clients, readers)
    cursor = _opened(installation, stream, clients, readers)
    lookups_before = read_counter(installation, "lookups")
    clients.begin(do="return", marker=MISSED[-1], cursor=cursor, seconds=90)
    stopped = time.monotonic()
    installation.stop(signal.SIGTERM)
    gone = time.monotonic()
    installation.start()
    listening = time.monotonic()
    for text in MISSED:
        installation.publish(text, "The ferries have stopped as well. " * 12)
    last = _all_back(clients.result(), readers)
    time.sleep(SETTLED)
    bound = max(WITHIN, SLACK * least)
    took, target = last - stopped, f"≤ {bound:.1f} ({WITHIN:.0f}, or {SLACK} × bare)"
    yield Figure("restart_all_back", last - listening, "s", note="since it listens again")
    yield Figure("restart_all_back_since_stop", took, "s", target, "caught up", bare=least, met=took <= bound)
    yield Figure("restart_stopping", gone - stopped, "s", note="from the signal until the process is gone")
    yield Figure("restart_starting", listening - gone, "s", note="until the new one answers")
    yield from _asked(installation, lookups_before, readers)


def _asked(installation: Installation, before: float, readers: int) -> Iterator[Figure]:
    """Yield the number of backfills of the new process, whose counters begin at zero."""
    lookups, resumed = read_counter(installation, "lookups"), read_counter(installation, "resumed")
    note = f"stoppress_stream_lookups_total in the new process; {before:.0f} in the old one before it was stopped"
    enough = max(10.0, readers / 100)
    yield Figure("restart_lookups", lookups, "", f"≤ {enough:.0f}: none per reader", note, met=lookups <= enough)
    yield Figure("restart_resumed", resumed, note="stoppress_stream_resumed_total: streams continued from a cursor")


def _opened(installation: Installation, stream: str, clients: Worker, readers: int) -> str:
    """Open all readers and return their cursor."""
    clients.ask(do="open", readers=readers, port=installation.port, path=stream)
    clients.begin(do="hear", marker="before the restart", seconds=30)
    installation.publish("before the restart", "Nobody knows yet.")
    sample: str = clients.result()["sample"]
    time.sleep(SETTLED)
    return sample[sample.rindex("id: ") + 4 :].split("\n")[0]


def _bare(bare: tuple[Worker, int], clients: Worker, readers: int) -> float:
    server, port = bare
    clients.ask(do="open", readers=readers, port=port, path="/")
    clients.begin(do="return", marker=MISSED[-1], cursor="e-1", seconds=90)
    stopped = time.monotonic()
    then = "".join(f"id: e-{number}\nevent: change\ndata: {text}\n\n" for number, text in enumerate(MISSED))
    server.send({"seconds": reconnect_window_seconds(readers), "then": then})
    return _all_back(clients.result(), readers) - stopped


def _all_back(back: dict[str, Any], readers: int) -> float:
    if back["got"] < readers:
        raise RuntimeError(f"only {back['got']} of {readers} came back: {json.dumps(back)}")
    return float(back["moments"]["last"])


def read_counter(installation: Installation, name: str) -> float:
    """Return one counter of streams from /metrics."""
    found = re.search(rf"^stoppress_stream_{name}_total (\S+)$", installation.get("/metrics").decode(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/metrics does not count {name}")
    return float(found[1])
