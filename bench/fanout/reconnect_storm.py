"""A restart under thousands of readers: everybody is told to come back, comes with a cursor and gets what it missed.

What the server read from its database for them is taken from its own /metrics; the same through a bare loop, which has
nothing to start and nothing to look up, says what the machine can do at best.
"""

import json
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

from stoppress.edge.wheel import comeback
from stoppress.service.bench.figures import Figure
from stoppress.service.bench.newsroom import Newsroom
from stoppress.service.bench.processes import Worker
from stoppress.service.bench.reach import SLACK

WITHIN = 5.0
"""Seconds from the signal to stop until the last reader has caught up."""
SETTLED = 2.5
"""Seconds after which /metrics tells what has happened: each worker writes its figures once a second."""
MISSED = ("the first after", "the second after", "the third after")


def restarted(
    room: Newsroom, stream: str, bare: tuple[Worker, int], bare_crowd: Worker, crowd: Worker, readers: int
) -> Iterator[Figure]:
    """Stop, start, publish three. `bare`: the bare loop, and its port."""
    least = _bare(bare, bare_crowd, readers)
    cursor = _opened(room, stream, crowd, readers)
    lookups_before = counted(room, "lookups")
    crowd.begin(do="return", marker=MISSED[-1], cursor=cursor, seconds=90)
    stopped = time.monotonic()
    room.stop(signal.SIGTERM)
    gone = time.monotonic()
    room.start()
    listening = time.monotonic()
    for text in MISSED:
        room.publish(text, "The ferries have stopped as well. " * 12)
    last = _all_back(crowd.result(), readers)
    time.sleep(SETTLED)
    bound = max(WITHIN, SLACK * least)
    took, target = last - stopped, f"≤ {bound:.1f} ({WITHIN:.0f}, or {SLACK} × bare)"
    yield Figure("restart_all_back", last - listening, "s", note="since it listens again")
    yield Figure("restart_all_back_since_stop", took, "s", target, "caught up", bare=least, met=took <= bound)
    yield Figure("restart_stopping", gone - stopped, "s", note="from the signal until the process is gone")
    yield Figure("restart_starting", listening - gone, "s", note="until the new one answers")
    yield from _asked(room, lookups_before, readers)


def _asked(room: Newsroom, before: float, readers: int) -> Iterator[Figure]:
    """What the new process read from the database for those who came back: its counts begin at nothing."""
    lookups, resumed = counted(room, "lookups"), counted(room, "resumed")
    note = f"stoppress_stream_lookups_total in the new process; {before:.0f} in the old one before it was stopped"
    enough = max(10.0, readers / 100)
    yield Figure("restart_lookups", lookups, "", f"≤ {enough:.0f}: none per reader", note, met=lookups <= enough)
    yield Figure("restart_resumed", resumed, note="stoppress_stream_resumed_total: streams continued from a cursor")


def _opened(room: Newsroom, stream: str, crowd: Worker, readers: int) -> str:
    """Everybody reads; the cursor at which they stand."""
    crowd.ask(do="open", readers=readers, port=room.port, path=stream)
    crowd.begin(do="hear", marker="before the restart", seconds=30)
    room.publish("before the restart", "Nobody knows yet.")
    sample: str = crowd.result()["sample"]
    time.sleep(SETTLED)
    return sample[sample.rindex("id: ") + 4 :].split("\n")[0]


def _bare(bare: tuple[Worker, int], crowd: Worker, readers: int) -> float:
    server, port = bare
    crowd.ask(do="open", readers=readers, port=port, path="/")
    crowd.begin(do="return", marker=MISSED[-1], cursor="e-1", seconds=90)
    stopped = time.monotonic()
    then = "".join(f"id: e-{number}\nevent: change\ndata: {text}\n\n" for number, text in enumerate(MISSED))
    server.send({"seconds": comeback(readers), "then": then})
    return _all_back(crowd.result(), readers) - stopped


def _all_back(back: dict[str, Any], readers: int) -> float:
    if back["got"] < readers:
        raise RuntimeError(f"only {back['got']} of {readers} came back: {json.dumps(back)}")
    return float(back["moments"]["last"])


def counted(room: Newsroom, name: str) -> float:
    """One of the stream's counters, as /metrics tells it."""
    found = re.search(rf"^stoppress_stream_{name}_total (\S+)$", room.get("/metrics").decode(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/metrics does not count {name}")
    return float(found[1])
