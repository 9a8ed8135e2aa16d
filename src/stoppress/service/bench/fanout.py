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
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from stoppress.service.bench.crowd import raise_limit
from stoppress.service.bench.figures import Figure
from stoppress.service.bench.nchan import Nchan, nchan
from stoppress.service.bench.newsroom import SLUG, Newsroom, newsroom
from stoppress.service.bench.processes import Worker, children, cpu_seconds, memory

HELP = "publish → last of thousands of readers, memory and CPU per reader, beside nchan; a restart; stalled readers"
TEXT = "The sea wall at Port Halden has given way. " * 12
STREAM = f"/live/{SLUG}/stream"
SAMPLE = "the sample heard"


@dataclass
class Run:
    """What one server did."""

    last: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    reader_bytes: float = 0.0
    cpu: list[float] = field(default_factory=list)
    """CPU seconds per publication."""

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
    with ExitStack() as stack:
        room = stack.enter_context(newsroom(options.workers))
        crowd = stack.enter_context(Worker("crowd"))
        sides = {"ours": _ours(room, crowd)}
        sample = _sample(room, crowd)
        publishing = _publishing(room, options)
        sides["bare"] = _bare(stack.enter_context(Worker("bare")), stack.enter_context(Worker("crowd")), sample)
        rival = stack.enter_context(nchan())
        if rival:
            sides["nchan"] = _nchan(rival, stack.enter_context(Worker("crowd")), sample)
        yield from _compared(_runs(sides, options), publishing, options.readers)
        for side in sides.values():
            side.crowd.ask(do="close")
        yield from _stalled(room, crowd, options)
        yield from _restart(room, crowd, options)


@dataclass
class Side:
    """One server with readers of its own."""

    crowd: Worker
    port: int
    path: str
    publish: Callable[[str], float]
    pids: list[int]


def _runs(sides: dict[str, Side], options: Namespace) -> dict[str, Run]:
    """All servers with all their readers at once, publishing in turn: what disturbs the one disturbs the others."""
    runs = {name: Run() for name in sides}
    for name, side in sides.items():
        size = memory(*side.pids)
        side.crowd.ask(do="open", readers=options.readers, port=side.port, path=side.path)
        time.sleep(1)
        runs[name].reader_bytes = (memory(*side.pids) - size) / options.readers
    for number in range(options.repeats):
        for name, side in sides.items():
            before = cpu_seconds(*side.pids)
            marker = f"{name} {number:03} heard"
            side.crowd.begin(do="hear", marker=marker, seconds=30)
            begun = side.publish(marker)
            runs[name].add(begun, side.crowd.result(), options.readers)
            time.sleep(0.2)
            runs[name].cpu.append(cpu_seconds(*side.pids) - before)
    return runs


def _repeat(run: Run, crowd: Worker, options: Namespace, publish: Callable[[str], float], name: str) -> None:
    for number in range(options.repeats):
        marker = f"{name} {number:03} heard"
        crowd.begin(do="hear", marker=marker, seconds=30)
        begun = publish(marker)
        run.add(begun, crowd.result(), options.readers)
        time.sleep(0.15)


def _ours(room: Newsroom, crowd: Worker) -> Side:
    for _ in range(5):
        room.publish("Warming up", TEXT)
    crowd.ask(do="open", readers=200, port=room.port, path=STREAM)
    crowd.ask(do="close")
    time.sleep(1)
    return Side(crowd, room.port, STREAM, lambda marker: room.publish(marker, TEXT)[0], _pids(room))


def _pids(room: Newsroom) -> list[int]:
    return [room.pid, *children(room.pid)]


def _bare(server: Worker, crowd: Worker, sample: str) -> Side:
    def publish(marker: str) -> float:
        begun = time.monotonic()
        server.send(sample.replace(SAMPLE, marker))
        return begun

    return Side(crowd, int(server.line()), "/", publish, [server.pid])


def _nchan(rival: Nchan, crowd: Worker, sample: str) -> Side:
    rival.publish("warming up")
    data = sample[sample.index("data: ") + 6 :].strip()

    def publish(marker: str) -> float:
        return rival.publish(data.replace(SAMPLE, marker))

    return Side(crowd, rival.port, rival.path, publish, rival.pids)


def _sample(room: Newsroom, crowd: Worker) -> str:
    """Our frame of such a post, for the others to send: SAMPLE stands where the marker goes."""
    crowd.ask(do="open", readers=1, port=room.port, path=STREAM)
    crowd.begin(do="hear", marker=SAMPLE, seconds=30)
    room.publish(SAMPLE, TEXT)
    sample: str = crowd.result()["sample"]
    crowd.ask(do="close")
    return sample[sample.rindex("id: ") :]


def _publishing(room: Newsroom, options: Namespace) -> float:
    """CPU seconds that a publication costs without readers."""
    found = []
    for number in range(options.repeats):
        before = cpu_seconds(*_pids(room))
        room.publish(f"quiet {number}", TEXT)
        time.sleep(0.2)
        found.append(cpu_seconds(*_pids(room)) - before)
    return statistics.median(found)


def _compared(runs: dict[str, Run], publishing: float, readers: int) -> Iterator[Figure]:
    median = statistics.median
    ours, bare, theirs = runs["ours"], runs["bare"], runs.get("nchan")
    last, p99 = median(ours.last) * 1000, median(ours.p99) * 1000
    yield Figure("publish_to_last_reader", last, "ms", note="through the API, commit included; median")
    yield Figure("publish_to_99_percent", p99, "ms", f"≤ 100 or {1.5 * median(bare.p99) * 1000:.0f} (1.5 × bare)")
    yield Figure("bare_loop_last_reader", median(bare.last) * 1000, "ms", note="one send per socket, nothing else")
    yield Figure("nchan_last_reader", median(theirs.last) * 1000 if theirs else None, "ms")
    yield Figure("ratio_to_nchan", last / median(theirs.last) / 1000 if theirs else None, "", "≤ 0.75")
    yield Figure("memory_per_reader", ours.reader_bytes, "B", "≤ 2048")
    yield Figure("nchan_memory_per_reader", theirs.reader_bytes if theirs else None, "B")
    yield Figure("memory_ratio_to_nchan", ours.reader_bytes / theirs.reader_bytes if theirs else None, "", "≤ 0.25")
    yield from _cpu(ours, bare, theirs, publishing, readers)


def _cpu(ours: Run, bare: Run, theirs: Run | None, publishing: float, readers: int) -> Iterator[Figure]:
    mine = (statistics.median(ours.cpu) - publishing) / readers
    least = statistics.median(bare.cpu) / readers
    target = f"≥ 150,000 or {1 / least / 1.5:,.0f} (1.5 × the bare loop's CPU)"
    yield Figure("cpu_per_delivery", mine * 1e6, "µs", note="less what publishing costs without readers")
    yield Figure("cpu_to_publish_without_readers", publishing * 1000, "ms")
    yield Figure("deliveries_per_core_second", 1 / mine, "/s", target)
    yield Figure("bare_loop_deliveries_per_core_second", 1 / least, "/s")
    rival = readers / statistics.median(theirs.cpu) if theirs else None
    yield Figure("nchan_deliveries_per_core_second", rival, "/s")


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
