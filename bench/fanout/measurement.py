"""`python -m bench fanout`: from a publication through the API to the last of thousands of readers.

A real server process, readers in a process of their own (sse_clients.py), and in the same run the same frame through
nginx with nchan and through a bare loop of sends: a shared machine is as hard on the one as on the other. The figures
are compared with the targets in fanout_targets.py.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from bench.fanout.busy_processes import busy_processes
from bench.fanout.fanout_targets import Run, compare_stalled, compare_with_targets
from bench.fanout.reconnect_storm import measure_restart
from bench.fanout.sse_clients import raise_limit
from bench.figures import Figure
from bench.processes import Worker, children, cpu_seconds, memory
from bench.servers.installation import SLUG, Installation, running_installation
from bench.servers.nchan import Nchan, nchan

HELP = "publish → last of thousands of readers, memory and CPU per reader, beside nchan; a restart; stalled readers"
TEXT = "The sea wall at Port Halden has given way. " * 12
STREAM = f"/live/{SLUG}/stream"
SAMPLE = "the sample heard"
BUSY_PROCESSES = 2
"""Processes of `--busy` without a number."""
QUIET = 0.2
"""Seconds after each publication until the next; what it still costs counts."""


@dataclass
class Side:
    """One server with readers of its own."""

    clients: Worker
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
    busy = "keep so many processes computing all the time beside it (without a number: 2; default: none)"
    command.add_argument("--busy", type=int, nargs="?", const=BUSY_PROCESSES, default=0, metavar="PROCESSES", help=busy)


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures."""
    raise_limit()
    with ExitStack() as stack:
        stack.enter_context(busy_processes(options.busy))
        yield Figure("busy_processes", options.busy, note="compute all the time beside the measurement")
        installation = stack.enter_context(running_installation(options.workers))
        clients = stack.enter_context(Worker("fanout.sse_clients"))
        sides = {"ours": _ours(installation, clients)}
        sample = _sample(installation, clients)
        publishing = _publishing(installation, options)
        bare = stack.enter_context(Worker("fanout.bare_loop"))
        sides["bare"] = _bare(bare, stack.enter_context(Worker("fanout.sse_clients")), sample)
        rival = stack.enter_context(nchan())
        if rival:
            sides["nchan"] = _nchan(rival, stack.enter_context(Worker("fanout.sse_clients")), sample)
        yield from compare_with_targets(_runs(sides, options), publishing, options.readers)
        for side in sides.values():
            side.clients.ask(do="close")
        yield from _stalled(installation, clients, options)
        yield from measure_restart(
            installation, STREAM, (bare, sides["bare"].port), sides["bare"].clients, clients, options.readers
        )


def _runs(sides: dict[str, Side], options: Namespace) -> dict[str, Run]:
    """All servers with all their readers at once, publishing in turn: what disturbs the one disturbs the others."""
    runs = {name: Run(options.readers) for name in sides}
    for name, side in sides.items():
        size = memory(*side.pids)
        opened = side.clients.ask(do="open", readers=options.readers, port=side.port, path=side.path)
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
    before, client, since = cpu_seconds(*side.pids), cpu_seconds(side.clients.pid), time.monotonic()
    side.clients.begin(do="hear", marker=marker, seconds=30)
    begun = side.publish(marker)
    heard = side.clients.result()
    run.client.append(cpu_seconds(side.clients.pid) - client)
    time.sleep(QUIET)
    run.add(begun, heard)
    run.cpu.append(cpu_seconds(*side.pids) - before - run.idle * (time.monotonic() - since))


def _idle(side: Side, seconds: float = 2.0) -> float:
    """CPU seconds per second that a server with all its readers takes while nothing is published: heartbeats."""
    before = cpu_seconds(*side.pids)
    time.sleep(seconds)
    return (cpu_seconds(*side.pids) - before) / seconds


def _ours(installation: Installation, clients: Worker) -> Side:
    for _ in range(5):
        installation.publish("Warming up", TEXT)
    clients.ask(do="open", readers=200, port=installation.port, path=STREAM)
    clients.ask(do="close")
    time.sleep(1)
    return Side(
        clients, installation.port, STREAM, lambda marker: installation.publish(marker, TEXT)[0], _pids(installation)
    )


def _pids(installation: Installation) -> list[int]:
    return [installation.pid, *children(installation.pid)]


def _bare(server: Worker, clients: Worker, sample: str) -> Side:
    def publish(marker: str) -> float:
        begun = time.monotonic()
        server.send(sample.replace(SAMPLE, marker))
        return begun

    return Side(clients, int(server.line()), "/", publish, [server.pid])


def _nchan(rival: Nchan, clients: Worker, sample: str) -> Side:
    rival.publish("warming up")
    data = sample[sample.index("data: ") + 6 :].strip()

    def publish(marker: str) -> float:
        return rival.publish(data.replace(SAMPLE, marker))

    return Side(clients, rival.port, rival.path, publish, rival.pids)


def _sample(installation: Installation, clients: Worker) -> str:
    """Our frame of such a post, for the others to send: SAMPLE stands where the marker goes."""
    clients.ask(do="open", readers=1, port=installation.port, path=STREAM)
    clients.begin(do="hear", marker=SAMPLE, seconds=30)
    installation.publish(SAMPLE, TEXT)
    sample: str = clients.result()["sample"]
    clients.ask(do="close")
    return sample[sample.rindex("id: ") :]


def _publishing(installation: Installation, options: Namespace) -> list[float]:
    """CPU seconds that publications cost without readers."""
    found = []
    for number in range(options.repeats):
        before = cpu_seconds(*_pids(installation))
        installation.publish(f"quiet {number}", TEXT)
        time.sleep(QUIET)
        found.append(cpu_seconds(*_pids(installation)) - before)
    return found


def _stalled(installation: Installation, clients: Worker, options: Namespace) -> Iterator[Figure]:
    """Readers who take nothing, beside those who read: with and without them, in turn."""
    runs = {0: Run(options.readers), options.stalled: Run(options.readers)}
    side = Side(
        clients,
        installation.port,
        STREAM,
        lambda marker: installation.publish(marker, TEXT * 4)[0],
        _pids(installation),
    )
    grown = 0.0
    for turn in range(2):
        for count, run in runs.items():
            clients.ask(do="open", readers=options.readers, stalled=count, port=side.port, path=side.path)
            time.sleep(0.5)
            before = memory(*side.pids)
            for number in range(options.repeats):
                _publish_once(run, side, f"stall {turn} {count} {number:03} heard")
            if count:
                grown = max(grown, (memory(*side.pids) - before) / count)
    yield from compare_stalled(runs[0], runs[options.stalled], grown)
