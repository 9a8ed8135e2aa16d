"""Hints between processes: a ring here wakes the follower there, and nothing breaks when nobody is there."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stoppress.runtime import notifications
from stoppress.service.notifications.unix_datagrams import Bell, folder_of
from tests.support.web_server import wait_until

RINGER = """
import sys
from pathlib import Path
from stoppress.service.notifications.unix_datagrams import Bell
from stoppress.coverage import hints
bell = Bell(Path(sys.argv[1]))
hints.ring(hints.CHANGES)
"""


@pytest.fixture
def bell(tmp_path):
    made = Bell(tmp_path)
    yield made
    made.close()


def ring_elsewhere(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", RINGER, str(folder)], check=True, timeout=20)


def test_a_ring_in_one_process_is_heard_in_another_and_not_carried_back(bell, tmp_path):
    heard, carried = [], []
    bell.listen()
    stop, stop_carrying = (
        notifications.listen(notifications.CHANGES, lambda: heard.append(1)),
        notifications.carry(carried.append),
    )
    ring_elsewhere(tmp_path)
    bell.take()
    stop(), stop_carrying()
    assert heard == [1] and carried == []


def test_a_socket_whose_process_is_gone_is_cleared_away(bell, tmp_path):
    gone = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    gone.bind(str(tmp_path / "999999.bell"))
    gone.close()
    notifications.ring(notifications.CHANGES)
    assert not (tmp_path / "999999.bell").exists()


def test_a_process_that_does_not_listen_holds_nobody_up(bell, tmp_path):
    full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    full.bind(str(tmp_path / "999998.bell"))
    begun = time.monotonic()
    for _ in range(3000):
        notifications.ring(notifications.CHANGES)
    full.close()
    assert time.monotonic() - begun < 5


def test_what_is_no_topic_is_passed_over(bell, tmp_path):
    bell.listen()
    other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    other.sendto(b"\xff nonsense", str(tmp_path / f"{os.getpid()}.bell"))
    other.close()
    bell.take()


def test_a_home_with_a_long_name_has_its_bells_elsewhere(tmp_path):
    home = tmp_path / ("a" * 90) / ("b" * 90)
    home.mkdir(parents=True)
    folder = folder_of(home)
    assert len(str(folder)) < 100 and folder == folder_of(home) and folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


@pytest.mark.django_db(transaction=True)
def test_postgresql_carries_hints_between_machines(tmp_path):
    """In a process whose database is PostgreSQL: one connection tells, another hears."""
    from tests.support.postgresql import cluster

    script = """
import asyncio, os
from stoppress.service.django_setup import migrate, set_up
set_up(); migrate()
from stoppress.coverage import hints
from stoppress.service import postgres_bell
async def main():
    heard = asyncio.Event()
    task = asyncio.create_task(postgres_bell.listen())
    await asyncio.sleep(1)
    hints.listen(hints.CHANGES, heard.set)
    await asyncio.to_thread(postgres_bell.notify, hints.CHANGES)
    await asyncio.wait_for(heard.wait(), 5)
    task.cancel()
    print("heard")
asyncio.run(main())
"""
    with cluster() as address:
        environment = os.environ | {"DATABASE_URL": address, "STOPPRESS_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
        )
    assert done.stdout.strip() == "heard", done.stderr


def test_a_second_look_finds_what_no_hint_told(blog, serving, clock):
    """Nothing rings here: the follower finds the change by itself within about a second."""
    from stoppress.coverage import actions
    from stoppress.coverage.post_content import Content
    from stoppress.edge.cache import log_positions

    listeners = notifications._listeners.pop(notifications.CHANGES, [])
    try:
        actions.publish(blog.slug, Content(headline="Unheard"), by="tom", now=clock.tick())
        begun = time.monotonic()
        wait_until(lambda: log_positions.known().get(blog.slug) and log_positions.known()[blog.slug].seq == 2)
        assert time.monotonic() - begun < 10
    finally:
        notifications._listeners[notifications.CHANGES] = listeners
