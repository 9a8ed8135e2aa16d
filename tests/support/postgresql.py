"""A PostgreSQL cluster for tests, in a new folder, on a Unix socket and a loopback port."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import system_packages
from tests.support.web_server import free_port

USER = "stoppress"


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster, yield its DATABASE_URL, then stop and remove it."""
    programs = system_packages.postgresql()
    assert programs is not None, "PostgreSQL's programs are missing: run `make test`"
    folder, port = Path(tempfile.mkdtemp(prefix="stoppress-pg-")), free_port()
    demote = _demotion(folder)
    data = folder / "data"
    _run(demote, programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    _run(demote, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    finally:
        _run(demote, programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _demotion(folder: Path) -> Callable[[], None] | None:
    """Return a function that drops root in the child: initdb refuses root."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("postgres" if _exists("postgres") else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)

    def demote() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return demote


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _run(demote: Callable[[], None] | None, *command: object) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        cwd="/",
        preexec_fn=demote,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
