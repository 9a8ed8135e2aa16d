"""The web process inside the test process: real sockets, real streams, the test database."""

import socket
import threading
import time

from django.db import connections

from stoppress.service.processes.server import WebServer, create_web_server
from tests.support.waiting import wait_until as wait_until


def free_port() -> int:
    """Return a free port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Serving:
    """A web server with `start()`, `url` and `stop()`; tests inspect its `server`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.server: WebServer = create_web_server("127.0.0.1", self.port, [], access_log=False)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def _run(self) -> None:
        try:
            self.server.run()
        finally:
            connections.close_all()

    def start(self) -> "Serving":
        """Start, and return once it listens."""
        self._thread.start()
        until = time.monotonic() + 15
        while not self.server.started:
            if time.monotonic() > until or not self._thread.is_alive():
                raise RuntimeError("the web process did not start")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """Shut down as SIGTERM does, and wait."""
        self.server.should_exit = True
        self._thread.join(15)
        assert not self._thread.is_alive(), "the web process did not stop"

    @property
    def readers(self) -> int:
        """Return the number of open streams."""
        follower = self.server._follower
        return follower.hub.reader_count if follower else 0
