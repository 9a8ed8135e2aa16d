"""The web process: uvicorn with the edge's protocol, the follower of the log, and mailer and clock as watched children.

serve → startup (follower, heartbeat, children) → run → shutdown (streams say good-bye first, then uvicorn's own)
"""

import asyncio
import contextlib
import logging
import resource
import socket
import sys
from collections.abc import Coroutine
from typing import Any

import uvicorn
from django.urls import get_resolver

from stoppress.edge.fanout.parallel_write import threads_here
from stoppress.edge.follower.log_follower import Follower
from stoppress.edge.http.access_log import access_log
from stoppress.edge.protocol.stream_fast_path import Door
from stoppress.edge.protocol.stream_takeover import EdgeProtocol
from stoppress.runtime.processes.child_process import Child
from stoppress.runtime.processes.parent_pipe import watch_parent
from stoppress.service.monitoring.process_figures import begin, write_figures
from stoppress.service.notifications import postgres
from stoppress.service.notifications.transports import bell
from stoppress.service.processes.gc_tuning import keep_what_is_loaded
from stoppress.service.processes.request_threads import threads

log = logging.getLogger(__name__)

BACKLOG = 4096
"""Connections that may wait to be accepted: after a restart all readers come back within seconds."""
GRACE = 5
"""Seconds that requests under way get to finish at shutdown."""


class WebServer(uvicorn.Server):
    """uvicorn, with side tasks that are watched: one that dies stops the process loudly."""

    def __init__(self, config: uvicorn.Config, children: list[Child]) -> None:
        super().__init__(config)
        self._children = children
        self._tasks: list[asyncio.Task[None]] = []
        self._follower: Follower | None = None
        self.died = False
        self.heed_parent = False
        """Stop when standard input ends: for one of several processes under a supervisor."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Follow the log before the first reader comes."""
        self._follower = Follower(1 if self.heed_parent else threads_here())
        await self._follower.look()
        hub = self._follower.hub
        EdgeProtocol.hub = staticmethod(lambda: hub)
        loop, hearing = asyncio.get_running_loop(), bell()
        loop.add_reader(hearing.listen(), hearing.take)
        work = [self._follower.run(), hub.keep_alive(), write_figures(hub, hearing.folder, left=self.heed_parent)]
        if not self.heed_parent:
            begin(hearing.folder)
        if postgres.in_use():
            work.append(postgres.listen())
        if self.heed_parent:
            await watch_parent(self._stop)
        self._tasks = [self._watched(one) for one in work]
        self._tasks += [self._watched(child.keep_running()) for child in self._children]
        get_resolver().url_patterns  # noqa: B018 (views load now, and not with the first request)
        await super().startup(sockets)
        keep_what_is_loaded()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Streams first: they would otherwise hold the shutdown up for ever."""
        EdgeProtocol.hub = staticmethod(lambda: None)
        for task in self._tasks:
            task.cancel()
        asyncio.get_running_loop().remove_reader(bell().descriptor)
        bell().deafen()
        if self._follower:
            self._follower.hub.close()
        try:
            await super().shutdown(sockets)
            threads.end()
            await asyncio.gather(*(child.stop() for child in self._children))
        finally:
            access_log.flush()

    def _stop(self) -> None:
        self.should_exit = True

    def _watched(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._report)
        return task

    def _report(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.should_exit:
            return
        log.critical("a side task has died; stopping", exc_info=task.exception())
        self.died = self.should_exit = True


def web_server(host: str, port: int, children: list[Child], *, access_log: bool = True) -> WebServer:
    """A server for this process, not yet listening."""
    config = uvicorn.Config(
        "stoppress.service.processes.asgi:application",
        host=host,
        port=port,
        http=Door,
        loop="uvloop",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=access_log,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
        backlog=BACKLOG,
    )
    return WebServer(config, children)


def run(server: WebServer, sockets: list[socket.socket] | None = None) -> int:
    """Serve until told to stop; the exit code."""
    _allow_many_connections()
    sys.setswitchinterval(0.0005)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets)
    return 1 if server.died or not server.started else 0


def _allow_many_connections() -> None:
    """A reader costs an open file; take as many as this process may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
