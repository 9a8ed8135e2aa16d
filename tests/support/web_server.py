"""The web process inside a test's own process: real sockets, real streams, the test's database."""

import socket
import threading
import time

from django.db import connections

from stoppress.service.processes.server import WebServer, web_server
from tests.support.waiting import wait_until as wait_until


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Serving:
    """`start()`, use `url`, `stop()`. Holds what tests look into: `server`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.server: WebServer = web_server("127.0.0.1", self.port, [], access_log=False)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def _run(self) -> None:
        try:
            self.server.run()
        finally:
            connections.close_all()

    def start(self) -> "Serving":
        """Return when it listens."""
        self._thread.start()
        until = time.monotonic() + 15
        while not self.server.started:
            if time.monotonic() > until or not self._thread.is_alive():
                raise RuntimeError("the web process did not start")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """Shut down as on SIGTERM, and wait for it."""
        self.server.should_exit = True
        self._thread.join(15)
        assert not self._thread.is_alive(), "the web process did not stop"

    @property
    def readers(self) -> int:
        """Streams open now."""
        follower = self.server._follower
        return follower.hub.readers if follower else 0
