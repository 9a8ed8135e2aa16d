"""`stoppress bench fanout`: from a publication through the API to the last of thousands of readers.

A real server process, readers in a process of their own (crowd.py), and in the same run the same frame through nginx
with nchan and through a bare loop of sends: a shared machine is as hard on the one as on the other. What comes out is
held against the targets in reach.py.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from stoppress.service.bench.comeback import restarted
from stoppress.service.bench.crowd import raise_limit
from stoppress.service.bench.figures import Figure
from stoppress.service.bench.nchan import Nchan, nchan
from stoppress.service.bench.newsroom import SLUG, Newsroom, newsroom
from stoppress.service.bench.processes import Worker, children, cpu_seconds, memory
from stoppress.service.bench.reach import Run, compared, stalled

HELP = "publish → last of thousands of readers, memory and CPU per reader, beside nchan; a restart; stalled readers"
TEXT = "The sea wall at Port Halden has given way. " * 12
STREAM = f"/live/{SLUG}/stream"
SAMPLE = "the sample heard"
QUIET = 0.2
"""Seconds after each publication until the next; what it still costs counts."""


@dataclass
class Side:
    """One server with readers of its own."""

    crowd: Worker
    port: int
    path: str
    publish: Callable[[str], float]
    """Publishes a marker; returns when that began (monotonic)."""
    pids: list[int]


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
        bare = stack.enter_context(Worker("bare"))
        sides["bare"] = _bare(bare, stack.enter_context(Worker("crowd")), sample)
        rival = stack.enter_context(nchan())
        if rival:
            sides["nchan"] = _nchan(rival, stack.enter_context(Worker("crowd")), sample)
        yield from compared(_runs(sides, options), publishing, options.readers)
        for side in sides.values():
            side.crowd.ask(do="close")
        yield from _stalled(room, crowd, options)
        yield from restarted(room, STREAM, (bare, sides["bare"].port), sides["bare"].crowd, crowd, options.readers)


def _runs(sides: dict[str, Side], options: Namespace) -> dict[str, Run]:
    """All servers with all their readers at once, publishing in turn: what disturbs the one disturbs the others."""
    runs = {name: Run(options.readers) for name in sides}
    for name, side in sides.items():
        size = memory(*side.pids)
        opened = side.crowd.ask(do="open", readers=options.readers, port=side.port, path=side.path)
        runs[name].opening = opened["seconds"]
        time.sleep(1)
        runs[name].reader_bytes = (memory(*side.pids) - size) / options.readers
    for name, side in sides.items():
        runs[name].idle = _idle(side)
    for number in range(options.repeats):
        for name, side in sides.items():
            _publish_once(runs[name], side, f"{name} {number:03} heard")
    return runs


def _publish_once(run: Run, side: Side, marker: str) -> None:
    before, client, since = cpu_seconds(*side.pids), cpu_seconds(side.crowd.pid), time.monotonic()
    side.crowd.begin(do="hear", marker=marker, seconds=30)
    begun = side.publish(marker)
    heard = side.crowd.result()
    run.client.append(cpu_seconds(side.crowd.pid) - client)
    time.sleep(QUIET)
    run.add(begun, heard)
    run.cpu.append(cpu_seconds(*side.pids) - before - run.idle * (time.monotonic() - since))


def _idle(side: Side, seconds: float = 2.0) -> float:
    """CPU seconds per second that a server with all its readers takes while nothing is published: heartbeats."""
    before = cpu_seconds(*side.pids)
    time.sleep(seconds)
    return (cpu_seconds(*side.pids) - before) / seconds


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


def _publishing(room: Newsroom, options: Namespace) -> list[float]:
    """CPU seconds that publications cost without readers."""
    found = []
    for number in range(options.repeats):
        before = cpu_seconds(*_pids(room))
        room.publish(f"quiet {number}", TEXT)
        time.sleep(QUIET)
        found.append(cpu_seconds(*_pids(room)) - before)
    return found


def _stalled(room: Newsroom, crowd: Worker, options: Namespace) -> Iterator[Figure]:
    """Readers who take nothing, beside those who read: with and without them, in turn."""
    runs = {0: Run(options.readers), options.stalled: Run(options.readers)}
    side = Side(crowd, room.port, STREAM, lambda marker: room.publish(marker, TEXT * 4)[0], _pids(room))
    grown = 0.0
    for turn in range(2):
        for count, run in runs.items():
            crowd.ask(do="open", readers=options.readers, stalled=count, port=side.port, path=side.path)
            time.sleep(0.5)
            before = memory(*side.pids)
            for number in range(options.repeats):
                _publish_once(run, side, f"stall {turn} {count} {number:03} heard")
            if count:
                grown = max(grown, (memory(*side.pids) - before) / count)
    yield from stalled(runs[0], runs[options.stalled], grown)
