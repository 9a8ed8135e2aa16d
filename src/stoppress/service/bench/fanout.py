"""`stoppress bench fanout`: from a publication through the API to the last of thousands of readers.

A real server process, readers in a process of their own (crowd.py), and in the same run the same frame through nginx
with nchan and through a bare loop of sends: a shared machine is as hard on the one as on the other.
"""

import json
import signal
import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from stoppress.service.bench.crowd import raise_limit
from stoppress.service.bench.figures import Figure
from stoppress.service.bench.nchan import Nchan, nchan
from stoppress.service.bench.newsroom import SLUG, Newsroom, newsroom
from stoppress.service.bench.processes import Worker, cpu_seconds, memory

HELP = "publish → last of thousands of readers, memory and CPU per reader, beside nchan; a restart; stalled readers"
TEXT = "The sea wall at Port Halden has given way. " * 12
STREAM = f"/live/{SLUG}/stream"
BURST = 20
"""Publications in a row, over which CPU is counted."""


@dataclass
class Run:
    """What one server did."""

    last: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    reader_bytes: float = 0.0
    cpu: float = 0.0
    """CPU seconds per delivery."""

    def add(self, begun: float, heard: dict[str, Any], readers: int) -> None:
        """Note one publication."""
        if heard["got"] < readers:
            raise RuntimeError(f"only {heard['got']} of {readers} readers heard")
        self.last.append(heard["moments"]["last"] - begun)
        self.p99.append(heard["moments"]["p99"] - begun)


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--readers", type=int, default=9000, help="default: %(default)s")
    command.add_argument("--repeats", type=int, default=15, help="publications measured (default: %(default)s)")
    command.add_argument("--stalled", type=int, default=300, help="readers who stop reading (default: %(default)s)")
    command.add_argument("--workers", type=int, default=1, help="server processes (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures."""
    raise_limit()
    with newsroom(options.workers) as room, Worker("crowd") as crowd:
        ours, frame = _ours(room, crowd, options)
        bare = _bare(crowd, options, frame)
        with nchan() as rival:
            theirs = _nchan(rival, crowd, options, frame) if rival else None
        yield from _compared(ours, bare, theirs)
        yield from _stalled(room, crowd, options)
        yield from _restart(room, crowd, options)


def _repeat(run: Run, crowd: Worker, options: Namespace, publish: Callable[[str], float], name: str) -> None:
    for number in range(options.repeats):
        marker = f"{name} {number:03} heard"
        crowd.begin(do="hear", marker=marker, seconds=30)
        begun = publish(marker)
        run.add(begun, crowd.result(), options.readers)
        time.sleep(0.15)


def _burst(crowd: Worker, publish: Callable[[str], object], name: str, pids: list[int], listening: bool) -> float:
    """CPU seconds that BURST publications cost the server."""
    before = cpu_seconds(*pids)
    for number in range(BURST):
        marker = f"{name} {number:03} burst"
        if listening:
            crowd.begin(do="hear", marker=marker, seconds=30)
        publish(marker)
        if listening:
            crowd.result()
    time.sleep(0.2)
    return cpu_seconds(*pids) - before


def _ours(room: Newsroom, crowd: Worker, options: Namespace) -> tuple[Run, str]:
    run, pids = Run(), _pids(room)
    for _ in range(5):
        room.publish("Warming up", TEXT)
    crowd.ask(do="open", readers=200, port=room.port, path=STREAM)
    crowd.send({"do": "close"})
    crowd.line()
    time.sleep(1)
    quiet = _burst(crowd, lambda marker: room.publish(marker, TEXT), "quiet", pids, listening=False)
    before = memory(*pids)
    crowd.ask(do="open", readers=options.readers, port=room.port, path=STREAM)
    time.sleep(1)
    run.reader_bytes = (memory(*pids) - before) / options.readers
    _repeat(run, crowd, options, lambda marker: room.publish(marker, TEXT)[0], "ours")
    loud = _burst(crowd, lambda marker: room.publish(marker, TEXT), "loud", pids, listening=True)
    run.cpu = (loud - quiet) / (BURST * options.readers)
    crowd.begin(do="hear", marker="the sample", seconds=30)
    room.publish("the sample", TEXT)
    sample = crowd.result()["sample"]
    return run, sample[sample.index("id: ") :]


def _pids(room: Newsroom) -> list[int]:
    from stoppress.service.bench.processes import children

    return [room.pid, *children(room.pid)]


def _bare(crowd: Worker, options: Namespace, frame: str) -> Run:
    run = Run()
    with Worker("bare") as server:
        crowd.ask(do="open", readers=options.readers, port=int(server.line()), path="/")

        def publish(marker: str) -> float:
            begun = time.monotonic()
            server.send(frame.replace("the sample", marker))
            return begun

        _repeat(run, crowd, options, publish, "bare")
        run.cpu = _burst(crowd, publish, "loud", [server.pid], listening=True) / (BURST * options.readers)
        crowd.send({"do": "close"})
        crowd.line()
    return run


def _nchan(rival: Nchan, crowd: Worker, options: Namespace, frame: str) -> Run:
    run, pids = Run(), rival.pids
    data = frame[frame.index("data: ") + 6 :].strip()
    rival.publish("warming up")
    before = memory(*pids)
    crowd.ask(do="open", readers=options.readers, port=rival.port, path=rival.path)
    time.sleep(1)
    run.reader_bytes = (memory(*pids) - before) / options.readers

    def publish(marker: str) -> float:
        return rival.publish(data.replace("the sample", marker))

    _repeat(run, crowd, options, publish, "nchan")
    run.cpu = _burst(crowd, publish, "loud", pids, listening=True) / (BURST * options.readers)
    crowd.send({"do": "close"})
    crowd.line()
    return run


def _compared(ours: Run, bare: Run, theirs: Run | None) -> Iterator[Figure]:
    median = statistics.median
    last, p99, floor = median(ours.last) * 1000, median(ours.p99) * 1000, median(bare.last) * 1000
    yield Figure("publish_to_last_reader", last, "ms", note="through the API, commit included; median")
    yield Figure("publish_to_99_percent", p99, "ms", f"≤ 100 or {1.5 * median(bare.p99) * 1000:.0f} (1.5 × bare)")
    yield Figure("bare_loop_last_reader", floor, "ms", note="one send per socket, nothing else")
    yield Figure("nchan_last_reader", median(theirs.last) * 1000 if theirs else None, "ms")
    yield Figure("ratio_to_nchan", last / median(theirs.last) / 1000 if theirs else None, "", "≤ 0.75")
    yield Figure("memory_per_reader", ours.reader_bytes, "B", "≤ 2048")
    yield Figure("nchan_memory_per_reader", theirs.reader_bytes if theirs else None, "B")
    yield Figure("memory_ratio_to_nchan", ours.reader_bytes / theirs.reader_bytes if theirs else None, "", "≤ 0.25")
    yield Figure("cpu_per_delivery", ours.cpu * 1e6, "µs", note="less what publishing costs without readers")
    least = min(150_000, 1 / bare.cpu / 1.5)
    target = f"≥ 150,000 or {least:,.0f} (1.5 × the bare loop's CPU)"
    yield Figure("deliveries_per_core_second", 1 / ours.cpu, "/s", target)
    yield Figure("bare_loop_deliveries_per_core_second", 1 / bare.cpu, "/s")
    yield Figure("nchan_deliveries_per_core_second", 1 / theirs.cpu if theirs else None, "/s")


def _stalled(room: Newsroom, crowd: Worker, options: Namespace) -> Iterator[Figure]:
    """Readers who take nothing, beside those who read: with and without them, in turn."""
    runs: dict[int, list[float]] = {0: [], options.stalled: []}
    grown = 0.0
    for turn in range(2):
        for stalled in runs:
            run, pids = Run(), _pids(room)
            crowd.ask(do="open", readers=options.readers, stalled=stalled, port=room.port, path=STREAM)
            time.sleep(0.5)
            before = memory(*pids)
            _repeat(run, crowd, options, lambda marker: room.publish(marker, TEXT * 4)[0], f"stall {turn} {stalled}")
            if stalled:
                grown = max(grown, (memory(*pids) - before) / stalled)
            runs[stalled] += run.p99
    without, with_them = (statistics.median(found) * 1000 for found in runs.values())
    yield Figure("p99_without_stalled_readers", without, "ms")
    yield Figure("p99_with_stalled_readers", with_them, "ms", "as without, within noise")
    yield Figure("memory_per_stalled_reader", grown, "B", "≤ 65,536", note="growth while they take nothing")


def _restart(room: Newsroom, crowd: Worker, options: Namespace) -> Iterator[Figure]:
    """Stop, start, publish three: everybody is told to come back, and gets what it missed."""
    crowd.ask(do="open", readers=options.readers, port=room.port, path=STREAM)
    crowd.begin(do="hear", marker="before the restart", seconds=30)
    room.publish("before the restart", TEXT)
    sample = crowd.result()["sample"]
    cursor = sample[sample.rindex("id: ") + 4 :].split("\n")[0]
    crowd.begin(do="return", marker="the third after", cursor=cursor, seconds=90)
    stopped = time.monotonic()
    room.stop(signal.SIGTERM)
    room.start()
    listening = time.monotonic()
    for text in ("the first after", "the second after", "the third after"):
        room.publish(text, TEXT)
    back = crowd.result()
    if back["got"] < options.readers:
        raise RuntimeError(f"only {back['got']} of {options.readers} came back: {json.dumps(back)}")
    yield Figure("restart_all_back", back["moments"]["last"] - listening, "s", "≤ 5", note="since it listens again")
    yield Figure("restart_all_back_since_stop", back["moments"]["last"] - stopped, "s")
