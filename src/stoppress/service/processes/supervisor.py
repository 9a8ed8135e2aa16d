"""`stoppress serve --workers N`: processes on one port that are kept running, and one mailer and one clock for all.

    supervisor ─┬─ worker ─┐
                ├─ worker ─┼─ each follows the log and has its own socket on the port (SO_REUSEPORT)
                ├─ worker ─┘
                ├─ mailer
                └─ clock

Children stop when their standard input ends: because the supervisor was told to stop, or because it is gone.
"""

import asyncio
import logging
import signal
import socket

from stoppress.runtime.processes.child_process import Child
from stoppress.service.monitoring.process_figures import begin, fold
from stoppress.service.notifications.transports import bell

log = logging.getLogger(__name__)


def supervise(host: str, port: int, workers: int, children: list[Child]) -> int:
    """Run so many workers, and the other children, until SIGINT or SIGTERM; the exit code."""
    held = reserve(host, port)
    begin(bell().folder)
    family = [_worker(host, port) for _ in range(workers)] + children
    try:
        return asyncio.run(_run(family))
    finally:
        held.close()


def keep(children: list[Child]) -> int:
    """Run children alone, without a web process, until SIGINT or SIGTERM; the exit code."""
    return asyncio.run(_run(children))


def reserve(host: str, port: int) -> socket.socket:
    """Make sure that nobody else has the port, and keep it ours while workers come and go. Raises OSError."""
    bound_socket(host, port, shared=False).close()
    return bound_socket(host, port, shared=True)


def bound_socket(host: str, port: int, *, shared: bool) -> socket.socket:
    """A socket bound to the address, not listening yet; `shared` with other processes of ours."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    found = socket.socket(family, kind, protocol)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        found.bind(address)
    except OSError:
        found.close()
        raise
    return found


def _worker(host: str, port: int) -> Child:
    arguments = ("serve", "--worker", "--host", host, "--port", str(port), "--roles", "desk,edge")
    return Child(*arguments, ended=lambda process: fold(bell().folder, process))


async def _run(family: list[Child]) -> int:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    hearing = bell()
    loop.add_reader(hearing.listen(), hearing.take)
    running = [loop.create_task(child.keep_running()) for child in family]
    for task in running:
        task.add_done_callback(lambda _: stop.set())  # by itself none ends
    log.info("%d processes are kept running", len(family))
    await stop.wait()
    died = [task.exception() for task in running if task.done()]
    for fault in died:
        log.critical("a child is kept running no more; stopping", exc_info=fault)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.gather(*(child.stop() for child in family))
    loop.remove_reader(hearing.descriptor)
    hearing.deafen()
    return 1 if died else 0
