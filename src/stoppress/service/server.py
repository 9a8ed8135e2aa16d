"""The web process: uvicorn with the edge's protocol, the follower of the log, and the mailer as a watched child.

serve → startup (follower, heartbeat, mailer) → run → shutdown (streams say good-bye first, then uvicorn's own)
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Coroutine
from typing import Any

import uvicorn

from stoppress.edge.follower import Follower
from stoppress.edge.stream import EdgeProtocol
from stoppress.service.bounds import BoundedProtocol
from stoppress.service.children import Child

log = logging.getLogger(__name__)

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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Follow the log before the first reader comes."""
        self._follower = Follower()
        await self._follower.look()
        hub = self._follower.hub
        EdgeProtocol.hub = staticmethod(lambda: hub)
        self._tasks = [self._watched(work) for work in (self._follower.run(), hub.keep_alive())]
        self._tasks += [self._watched(child.keep_running()) for child in self._children]
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Streams first: they would otherwise hold the shutdown up for ever."""
        EdgeProtocol.hub = staticmethod(lambda: None)
        for task in self._tasks:
            task.cancel()
        if self._follower:
            self._follower.hub.close()
        await super().shutdown(sockets)
        await asyncio.gather(*(child.stop() for child in self._children))

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
        "stoppress.service.asgi:application",
        host=host,
        port=port,
        http=BoundedProtocol,
        loop="uvloop",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=access_log,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
    )
    return WebServer(config, children)


def run(server: WebServer) -> int:
    """Serve until told to stop; the exit code."""
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 1 if server.died or not server.started else 0
