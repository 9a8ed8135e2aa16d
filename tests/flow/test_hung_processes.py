"""A stopped process of any role is noticed, killed, replaced, logged and counted; the others go on."""

import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.waiting import wait_until
from tests.support.worker_processes import worker_pids


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Prepare an installation with a bounce listener; not started."""
    created = Installation(tmp_path / "home")
    created.environment["STOPPRESS_BOUNCE_LISTEN_ADDRESSES"] = f"lmtp://{tmp_path / 'bounces.sock'}"
    yield created
    created.stop()


def replaced(installation: Installation) -> dict[str, int]:
    """Return the counts of hung processes by role."""
    with urllib.request.urlopen(f"{installation.url}/metrics", timeout=30) as response:
        text = response.read().decode()
    found = re.findall(r'^stoppress_process_replaced_total{reason="hung",role="(\w+)"} (\S+)$', text, re.MULTILINE)
    return {role: int(float(count)) for role, count in found}


def only(pids: list[int]) -> int:
    [pid] = pids
    return pid


def start(installation: Installation, *options: str) -> None:
    installation.start(*options)
    wait_until(lambda: len(installation.pids_of_role("mailer")) == 2)  # with its ledger process
    wait_until(lambda: installation.pids_of_role("clock") and installation.pids_of_role("bounces"))


def stop_server_and_mailer(installation: Installation) -> None:
    """Stop the web process or the supervisor together with its mailer, and wait until both are gone."""
    victims = {installation.server_pid(), *installation.pids_of_role("mailer")}
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in victims))


def test_stopped_worker_ledger_process_scheduler_and_listener_are_replaced(installation: Installation) -> None:
    start(installation, "--workers", "2")
    wait_until(lambda: len(worker_pids(installation)) == 2)
    assert replaced(installation) == {"web": 0, "mailer": 0, "clock": 0, "bounces": 0}
    mailer = only(installation.mailers())
    ledger = only([pid for pid in installation.pids_of_role("mailer") if pid != mailer])
    victims = {worker_pids(installation)[0], ledger}
    victims |= {only(installation.pids_of_role("clock")), only(installation.pids_of_role("bounces"))}
    kept = worker_pids(installation)[1]
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in victims | {mailer}))
    wait_until(lambda: len(worker_pids(installation)) == 2 and len(installation.pids_of_role("mailer")) == 2)
    wait_until(lambda: installation.pids_of_role("clock") and installation.pids_of_role("bounces"))
    wait_until(lambda: replaced(installation) == {"web": 1, "mailer": 1, "clock": 1, "bounces": 1})
    assert kept in worker_pids(installation)
    stop_server_and_mailer(installation)
    wait_until(lambda: len(worker_pids(installation)) == 2 and len(installation.pids_of_role("mailer")) == 2)
    wait_until(lambda: installation._answers() and replaced(installation).get("supervisor") == 1)
    assert kept not in worker_pids(installation)
    log = installation.log.read_text()
    for role in ("web", "mailer", "clock", "bounces"):
        assert (
            len(re.findall(rf"ERROR \S+ child process {role} \(\d+\) hangs: no heartbeat for 5 s; killing it", log))
            == 1
        )
    assert installation.stop() == 0


def test_stopped_web_process_and_mailer_are_replaced_without_workers(installation: Installation) -> None:
    start(installation)
    mailer = only(installation.mailers())
    os.kill(mailer, signal.SIGSTOP)
    wait_until(lambda: not Path(f"/proc/{mailer}").exists())
    assert "child process mailer (" in installation.log.read_text()
    wait_until(lambda: len(installation.pids_of_role("mailer")) == 2)
    stop_server_and_mailer(installation)
    wait_until(lambda: installation._answers() and replaced(installation)["web"] == 1)
    wait_until(lambda: len(installation.mailers()) == 1)
    assert "ERROR stoppress.runtime.processes.child_process child process web" in installation.log.read_text()
    # The terminal is closed: a polite stop. Below nohup the server ignores that signal, as it should.
    is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    os.kill(installation._pid, signal.SIGTERM if is_ignored else signal.SIGHUP)
    assert installation._wait() == 0
    assert not installation.pids_of_role("mailer") and not installation.pids_of_role("clock")
