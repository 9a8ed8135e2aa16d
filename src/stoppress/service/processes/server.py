"""The web process: uvicorn with the edge's protocol, the log follower, and supervised child processes.

serve → startup (follower, heartbeat, children) → run → shutdown (streams send `bye`, then uvicorn's own shutdown)
"""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
import sys
import threading
from collections.abc import Coroutine
from typing import Any

import uvicorn
from django.urls import get_resolver

from stoppress.edge.fanout.parallel_write import default_thread_count
from stoppress.edge.follower.log_follower import LogFollower
from stoppress.edge.http.access_log import access_log
from stoppress.edge.protocol.stream_fast_path import StreamFastPath
from stoppress.edge.protocol.stream_takeover import StreamTakeoverProtocol
from stoppress.runtime.processes.child_process import ChildProcess
from stoppress.runtime.processes.heartbeat import process_heartbeat
from stoppress.runtime.processes.parent_pipe import watch_parent
from stoppress.runtime.processes.stop_signal import stop_signals
from stoppress.service.monitoring.database_file import watch_database_file
from stoppress.service.monitoring.process_figures import remove_old_files, write_figures
from stoppress.service.notifications import postgres
from stoppress.service.notifications.transports import process_socket
from stoppress.service.processes.gc_tuning import freeze_loaded_objects
from stoppress.service.processes.request_threads import request_threads

log = logging.getLogger(__name__)

LISTEN_BACKLOG = 4096
"""Connections that may wait to be accepted: after a restart all readers return within seconds."""
SHUTDOWN_GRACE_SECONDS = 5
"""Seconds in which running requests may finish at shutdown."""


class WebServer(uvicorn.Server):
    """uvicorn with supervised side tasks: a side task that ends stops the process with an error."""

    def __init__(self, config: uvicorn.Config, children: list[ChildProcess]) -> None:
        super().__init__(config)
        self._children = children
        self._tasks: list[asyncio.Task[None]] = []
        self._follower: LogFollower | None = None
        self.failed = False
        self.is_worker = False
        """True for one of several web processes under a supervisor, which keeps the sums of figures."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Follow the log before the first connection is accepted."""
        self._follower = LogFollower(1 if self.is_worker else default_thread_count())
        await self._follower.poll()
        hub = self._follower.hub
        StreamTakeoverProtocol.hub = staticmethod(lambda: hub)
        loop, receiver = asyncio.get_running_loop(), process_socket()
        loop.add_reader(receiver.listen(), receiver.take)
        work = [
            self._follower.run(),
            hub.run_heartbeat(),
            watch_database_file(),
            write_figures(hub, receiver.folder, keep_file=self.is_worker),
        ]
        if not self.is_worker:
            remove_old_files(receiver.folder)
        if postgres.is_postgresql():
            work.append(postgres.listen())
        if process_heartbeat.is_supervised:
            process_heartbeat.follow_loop()
            await watch_parent(self._stop)
        if threading.current_thread() is threading.main_thread() and signal.SIGHUP in stop_signals():
            loop.add_signal_handler(signal.SIGHUP, self._stop)
        self._tasks = [self._supervised(one) for one in work]
        self._tasks += [self._supervised(child.keep_running()) for child in self._children]
        get_resolver().url_patterns  # noqa: B018 (views load now, and not with the first request)
        await super().startup(sockets)
        freeze_loaded_objects()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close streams first: uvicorn would wait for them without end."""
        StreamTakeoverProtocol.hub = staticmethod(lambda: None)
        for task in self._tasks:
            task.cancel()
        asyncio.get_running_loop().remove_reader(process_socket().descriptor)
        process_socket().close_receiver()
        if self._follower:
            self._follower.hub.close()
        try:
            await super().shutdown(sockets)
            request_threads.shut_down()
            await asyncio.gather(*(child.stop() for child in self._children))
        finally:
            access_log.flush()

    def _stop(self) -> None:
        self.should_exit = True

    def _supervised(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._stop_on_failure)
        return task

    def _stop_on_failure(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.should_exit:
            return
        log.critical("side task failed; shutting down", exc_info=task.exception())
        self.failed = self.should_exit = True


def create_web_server(host: str, port: int, children: list[ChildProcess], *, access_log: bool = True) -> WebServer:
    """Return a server for this process that does not listen yet."""
    config = uvicorn.Config(
        "stoppress.service.processes.asgi:application",
        host=host,
        port=port,
        http=StreamFastPath,
        loop="uvloop",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=access_log,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_GRACE_SECONDS,
        timeout_keep_alive=30,
        backlog=LISTEN_BACKLOG,
    )
    return WebServer(config, children)


def run_web_server(server: WebServer, sockets: list[socket.socket] | None = None) -> int:
    """Serve until stopped, and return the exit code."""
    _allow_many_connections()
    sys.setswitchinterval(0.0005)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets)
    return 1 if server.failed or not server.started else 0


def _allow_many_connections() -> None:
    """Raise the limit of open files to its maximum: a reader costs one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
