"""Temporary installation for measurements: a folder, a live blog, a token, and `stoppress serve`."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SLUG = "bench"
SET_UP = """
from stoppress.service.django_setup import migrate, set_up
set_up(); migrate()
from django.utils import timezone
from stoppress.coverage.actions import open_blog
from stoppress.desk.access.api_tokens import SCOPES, create_token
open_blog(slug="bench", headline="Storm Maren", standfirst="", zone="UTC", by="bench", now=timezone.now())
print(*(create_token(f"bench {n}", list(SCOPES), None) for n in range(40)))
"""


def free_port() -> int:
    """Return a free port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ApiRefusedError(RuntimeError):
    """The API refused a call with `status`."""

    def __init__(self, status: int, said: bytes) -> None:
        super().__init__(f"the API said {status}: {said.decode(errors='replace')[:300]}")
        self.status = status


class Installation:
    """A Stop Press installation that can be started and stopped."""

    def __init__(
        self,
        home: Path,
        workers: int = 1,
        roles: str = "desk,edge",
        settings: Mapping[str, str] | None = None,
        beside: "Installation | None" = None,
    ) -> None:
        """`beside`: another machine of the same installation, with the database in common."""
        self.home, self.port, self.workers, self.roles = home, free_port(), workers, roles
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STOPPRESS_", "DATABASE_"))}
        self.environment = kept | {
            "STOPPRESS_HOME": str(home),
            "STOPPRESS_PUBLIC_URL": f"http://localhost:{self.port}",
            "STOPPRESS_MAX_STREAMS_PER_CLIENT": "0",  # all readers come from one address
        }
        self.environment |= settings or {}
        if beside:  # a machine with another key is refused
            self.environment["STOPPRESS_SECRET_KEY"] = (beside.home / "secret.key").read_text().strip()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._calls = 20 * 250 if beside else 0  # other tokens: each may call only so often
        self.tokens: list[str] = beside.tokens if beside else self.python(SET_UP).split()

    def python(self, script: str) -> str:
        """Run a script inside the installation."""
        command = [sys.executable, "-c", script]
        return subprocess.run(
            command, env=self.environment, cwd=self.home, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "stoppress", "serve", "--port", str(self.port), "--roles", self.roles]
        command += ["--child"]  # without a guardian: `pid` is the server
        command += ["--workers", str(self.workers)] if self.workers > 1 else []
        with (self.home / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(command, env=self.environment, cwd=self.home, stdout=log, stderr=log)
        until = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.home / "log.txt").read_text()[-2000:])
            time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server and wait."""
        self.hang_up()
        if self._process and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)

    def hang_up(self) -> None:
        """Close the connection to the API."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def publish(self, headline: str, text: str = "") -> tuple[float, float]:
        """Publish through the API; return the times of request and response (monotonic)."""
        body = json.dumps({"headline": headline, "text": text}).encode()
        token = self.tokens[self._calls // 250 % len(self.tokens)]
        self._calls += 1
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self._connection.connect()
            assert self._connection.sock
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        begun = time.monotonic()
        self._connection.request("POST", f"/api/v1/live/{SLUG}/posts", body, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise ApiRefusedError(answer.status, said)
        return begun, time.monotonic()

    def call(self, method: str, path: str, body: object) -> Any:
        """Call the API on the live blog's posts; raise an error for a refusal or a broken connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        token = self.tokens[self._calls // 250 % len(self.tokens)]
        self._calls += 1
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        given = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, f"/api/v1/live/{SLUG}/posts{path}", given, headers)
            answer = connection.getresponse()
            said = answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError("the connection broke") from error
        finally:
            connection.close()
        if answer.status >= 300:
            raise ApiRefusedError(answer.status, said)
        return json.loads(said)

    def get(self, path: str) -> bytes:
        """Return the body of a response, whatever its status."""
        return self._asked(path)[1]

    def page(self, path: str) -> bytes:
        """Return the body of a page; raise an error for any status but 200."""
        status, body = self._asked(path)
        if status != 200:
            raise ApiRefusedError(status, body)
        return body

    def _asked(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _answers(self) -> bool:
        try:
            return b"ok" in self.get("/healthz")
        except OSError:
            return False


@contextmanager
def running_installation(workers: int = 1) -> Iterator[Installation]:
    """Yield a running installation; remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="stoppress-bench-") as folder:
        installation = Installation(Path(folder), workers)
        installation.start()
        try:
            yield installation
        finally:
            installation.stop()
