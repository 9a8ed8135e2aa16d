"""`stoppress serve --workers N`: supervise N web processes on one port, one mailer and one scheduler.

    supervisor ─┬─ worker ─┐
                ├─ worker ─┼─ each follows the log and has its own socket on the port (SO_REUSEPORT)
                ├─ worker ─┘
                ├─ mailer
                └─ scheduler

The supervisor has a guardian (runtime/processes/guardian.py), which replaces it if it hangs or is killed. Children
stop when their standard input ends: the supervisor closed it or died.
"""

import asyncio
import logging
import socket
from collections.abc import Callable

from stoppress.runtime.processes.child_process import ChildProcess
from stoppress.runtime.processes.heartbeat import process_heartbeat
from stoppress.runtime.processes.parent_pipe import watch_parent
from stoppress.runtime.processes.stop_signal import stop_signals
from stoppress.service.monitoring.process_figures import fold_ended_process, remove_old_files
from stoppress.service.notifications.transports import process_socket

log = logging.getLogger(__name__)


def supervise_workers(
    host: str, port: int, workers: int, children: list[ChildProcess], on_replaced: Callable[[str, str], None]
) -> int:
    """Run the workers and the other children until SIGINT, SIGTERM or SIGHUP; return the exit code.

    Raises:
        OSError: the port is taken.
    """
    reserved = reserve_port(host, port)
    remove_old_files(process_socket().folder)
    children = [_worker(host, port, on_replaced) for _ in range(workers)] + children
    try:
        return asyncio.run(_run(children))
    finally:
        reserved.close()


def supervise_children(children: list[ChildProcess]) -> int:
    """Run children without a web process until SIGINT, SIGTERM or SIGHUP; return the exit code."""
    return asyncio.run(_run(children))


def reserve_port(host: str, port: int) -> socket.socket:
    """Return a socket that keeps the port while workers are replaced.

    Raises:
        OSError: another program has the port.
    """
    create_bound_socket(host, port, shared=False).close()
    return create_bound_socket(host, port, shared=True)


def create_bound_socket(host: str, port: int, *, shared: bool) -> socket.socket:
    """Return a socket bound to the address, not listening yet; `shared` sets SO_REUSEPORT."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _worker(host: str, port: int, on_replaced: Callable[[str, str], None]) -> ChildProcess:
    arguments = ("serve", "--worker", "--host", host, "--port", str(port), "--roles", "desk,edge")
    return ChildProcess(
        *arguments,
        role="web",
        on_exit=lambda process: fold_ended_process(process_socket().folder, process),
        on_replaced=on_replaced,
    )


async def _run(children: list[ChildProcess]) -> int:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in stop_signals():
        loop.add_signal_handler(number, stop.set)
    if process_heartbeat.is_supervised:
        process_heartbeat.follow_loop()
        await watch_parent(stop.set)
    receiver = process_socket()
    loop.add_reader(receiver.listen(), receiver.take)
    running = [loop.create_task(child.keep_running()) for child in children]
    for task in running:
        task.add_done_callback(lambda _: stop.set())  # none ends by itself
    log.info("supervising %d processes", len(children))
    await stop.wait()
    failures = [task.exception() for task in running if task.done()]
    for failure in failures:
        log.critical("supervision of a child process failed; shutting down", exc_info=failure)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.gather(*(child.stop() for child in children))
    loop.remove_reader(receiver.descriptor)
    receiver.close_receiver()
    return 1 if failures else 0
