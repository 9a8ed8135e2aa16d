"""Firefox and WebKit with an open page, for tests of what only Playwright's own builds of them could otherwise do.

Debian's Firefox is driven by Marionette, a JSON protocol over TCP; WebKitGTK's MiniBrowser by WebDriver.
"""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests.support.waiting import wait_until
from tests.support.web_server import free_port

WINDOW = (1100, 800)
MINI_BROWSERS = (
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
)


class Driver(Protocol):
    """One page in one browser."""

    def open(self, url: str) -> None:
        """Load an address and return once the page is complete."""

    def run(self, script: str) -> Any:
        """Run the body of a function in the page and return its result."""


class Marionette:
    """Firefox, over its own remote protocol: `length:[0, id, command, parameters]`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=40)
        self._stream = self._socket.makefile("rb")
        self._count = 0
        self._read()
        self._command("WebDriver:NewSession", {})
        self._command("WebDriver:SetWindowRect", {"width": WINDOW[0], "height": WINDOW[1]})

    def open(self, url: str) -> None:
        """Load an address."""
        self._command("WebDriver:Navigate", {"url": url})

    def run(self, script: str) -> Any:
        """Run a script."""
        return self._command("WebDriver:ExecuteScript", {"script": script, "args": [], "sandbox": None})["value"]

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
        self._socket.close()

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            assert byte, "Firefox closed the connection"
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))

    def _command(self, name: str, parameters: dict[str, Any]) -> Any:
        self._count += 1
        message = json.dumps([0, self._count, name, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, _, error, result = self._read()
        assert error is None, error
        return result


class WebDriver:
    """A browser behind a W3C WebDriver server."""

    def __init__(self, port: int, capabilities: dict[str, Any]) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=40)
        body = {"capabilities": {"alwaysMatch": capabilities}}
        self._session = f"/session/{self._call('POST', '/session', body)['sessionId']}"
        self._call("POST", f"{self._session}/window/rect", {"width": WINDOW[0], "height": WINDOW[1]})

    def open(self, url: str) -> None:
        """Load an address."""
        self._call("POST", f"{self._session}/url", {"url": url})

    def run(self, script: str) -> Any:
        """Run a script."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def close(self) -> None:
        """Close the browser."""
        self._call("DELETE", self._session, None)
        self._client.close()

    def _call(self, method: str, path: str, body: Any) -> Any:
        response = self._client.request(method, path, json=body)
        assert response.status_code == 200, response.text
        return response.json()["value"]


@contextmanager
def firefox(folder: Path) -> Iterator[Driver]:
    """Run Debian's Firefox without a screen; `folder` is for its profile."""
    port = free_port()
    preferences = {"marionette.port": port, "remote.prefs.recommended": True}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = ["firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    environment = os.environ | {"HOME": str(folder), "MOZ_HEADLESS_WIDTH": "1200", "MOZ_HEADLESS_HEIGHT": "900"}
    with _running(command, environment):
        wait_until(lambda: _listens(port), every=0.2)
        driver = Marionette(port)
        yield driver
        driver.close()


@contextmanager
def webkit() -> Iterator[Driver]:
    """Run WebKitGTK's MiniBrowser on a virtual screen."""
    port = free_port()
    mini_browser = next(path for path in MINI_BROWSERS if Path(path).exists())
    options = {"binary": mini_browser, "args": ["--automation"]}
    screen = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1400x1000x24"]
    command = [*screen, "WebKitWebDriver", f"--port={port}"]
    environment = os.environ | {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}
    with _running(command, environment):
        wait_until(lambda: _listens(port), every=0.2)
        driver = WebDriver(port, {"webkitgtk:browserOptions": options})
        yield driver
        driver.close()


def has_firefox() -> bool:
    """Return True if Debian's Firefox is installed."""
    return shutil.which("firefox-esr") is not None


def has_webkit() -> bool:
    """Return True if WebKitGTK's driver, its browser and a virtual screen are installed."""
    programs = ("WebKitWebDriver", "xvfb-run")
    return all(shutil.which(name) for name in programs) and any(Path(path).exists() for path in MINI_BROWSERS)


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
