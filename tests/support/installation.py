"""Real processes for flow tests: an installation with `stoppress serve` that can be killed and stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.support.web_server import free_port


class Installation:
    """One home folder with its settings; `start()`, `kill()` (as by power cut) or `stop()` (as by Ctrl-C)."""

    def __init__(self, home: Path, smtp_url: str = "") -> None:
        self.home, self.port = home, free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = home / "log.txt"
        home.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STOPPRESS_", "DATABASE_"))}
        self.environment = kept | {
            "STOPPRESS_HOME": str(home),
            "STOPPRESS_PUBLIC_URL": self.url,
            "STOPPRESS_NAME": "The Halden Courier",
            "STOPPRESS_MAIL_FROM": "The Halden Courier <alerts@halden.test>",
            "STOPPRESS_LIST_DOMAIN": "halden.test",
            "STOPPRESS_RESOLVER": "off",
            "STOPPRESS_SMTP_URL": smtp_url,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, given: str = "") -> str:
        """Run one command and return its output; fail if the command fails."""
        command = [sys.executable, "-m", "stoppress", *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=self.home, input=given, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def python(self, script: str) -> str:
        """Run a script inside the installation: its settings, its database."""
        setup = "import django; from stoppress.service.django_setup import set_up; set_up()\n"
        done = subprocess.run(
            [sys.executable, "-c", setup + script],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fail(self, *arguments: str) -> tuple[int, str]:
        """Run a command that must fail; return its exit code and output."""
        command = [sys.executable, "-m", "stoppress", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    def start(self, *options: str) -> "Installation":
        """Serve in a process group of its own; return once it answers."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "stoppress", "serve", "--port", str(self.port), *options]
            self._process = subprocess.Popen(
                command, env=self.environment, cwd=self.home, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """Kill all processes at once, as a power cut would."""
        for pid in [self._pid, self.server_pid(), *self.child_pids()]:
            _kill(pid)
        self._wait()

    def kill_web_only(self) -> None:
        """Kill the web process and its guardian, or the supervisor; its children must detect that and stop."""
        for pid in [self._pid, self.server_pid()]:
            _kill(pid)
        self._wait()

    def stop(self) -> int:
        """Stop as Ctrl-C does, and return the exit code."""
        if self._process is None or self._process.poll() is not None:
            return 0
        os.kill(self._pid, signal.SIGINT)
        return self._wait()

    def mailers(self) -> list[int]:
        """Return the process ids of running mailers, without their ledger processes."""
        found = self.pids_of_role("mailer")
        return [pid for pid in found if _parent(pid) not in found]

    def pids_of_role(self, role: str) -> list[int]:
        """Return the ids of processes that run one role alone."""
        return [pid for pid in _all_pids() if self._has_role(pid, role)]

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _wait(self) -> int:
        assert self._process is not None
        return self._process.wait(90)

    def server_pid(self) -> int:
        """Return the process id of the web process, or of the supervisor of several."""
        return next((pid for pid in _children(self._pid) if b"--child\0--host" in _command_line(pid)), self._pid)

    def child_pids(self) -> list[int]:
        """Return the process ids of its direct children."""
        return _children(self.server_pid())

    def _has_role(self, pid: int, role: str) -> bool:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return f"STOPPRESS_HOME={self.home}".encode() in environment and command.endswith(f"--roles\0{role}\0".encode())

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _children(parent: int) -> list[int]:
    return [pid for pid in _all_pids() if _parent(pid) == parent]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return 0
