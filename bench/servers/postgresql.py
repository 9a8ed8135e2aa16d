"""A PostgreSQL cluster for measurements: a new folder, a loopback port, default fsync."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.servers.installation import free_port

USER = "stoppress"


class Cluster:
    """A PostgreSQL cluster."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._demote = _demotion(folder)
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C")
        self.start()

    @property
    def url(self) -> str:
        """Return the value for DATABASE_URL."""
        return f"postgresql://{USER}@127.0.0.1:{self._port}/postgres"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        """Start the cluster and wait until it answers."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c shared_buffers=256MB"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop immediately, as a power failure would."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_programs() / program), *arguments]
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=True, cwd="/", preexec_fn=self._demote, stdout=quiet, stderr=subprocess.STDOUT)


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Yield a running cluster; remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="stoppress-pg-"))
    running = Cluster(folder)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def database(kind: str) -> Iterator[str]:
    """Yield a DATABASE_URL of the kind; empty for SQLite in the home folder."""
    if kind == "sqlite":
        yield ""
        return
    with cluster() as running:
        yield running.url


def _programs() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    found = next((folder for folder in folders if (folder / "initdb").exists()), None)
    if found is None and (on_path := shutil.which("initdb")):
        found = Path(on_path).parent
    if found is None:
        raise RuntimeError("PostgreSQL's programs are missing")
    return found


def _demotion(folder: Path) -> Callable[[], None] | None:
    """Return a function that drops root in the child: initdb refuses root."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)

    def demote() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return demote
