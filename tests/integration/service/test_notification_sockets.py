"""Notifications between processes: one process wakes another, and a missing process breaks nothing."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stoppress.runtime import notifications
from stoppress.service.notifications.unix_datagrams import NotificationSocket, socket_folder
from tests.support.web_server import wait_until

SENDING_PROCESS = """
import sys
from pathlib import Path
from stoppress.service.notifications.unix_datagrams import NotificationSocket
from stoppress.runtime import notifications
sender = NotificationSocket(Path(sys.argv[1]))
notifications.notify(notifications.CHANGES)
"""


@pytest.fixture
def receiver(tmp_path):
    created = NotificationSocket(tmp_path)
    yield created
    created.close()


def notify_from_another_process(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", SENDING_PROCESS, str(folder)], check=True, timeout=20)


def test_notification_reaches_another_process_and_is_not_sent_back(receiver, tmp_path):
    received, sent_back = [], []
    receiver.listen()
    stop, remove_transport = (
        notifications.listen(notifications.CHANGES, lambda: received.append(1)),
        notifications.add_transport(sent_back.append),
    )
    notify_from_another_process(tmp_path)
    receiver.take()
    stop(), remove_transport()
    assert received == [1] and sent_back == []


def test_socket_is_removed_when_its_process_has_ended(receiver, tmp_path):
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stale.bind(str(tmp_path / "999999.notify"))
    stale.close()
    notifications.notify(notifications.CHANGES)
    assert not (tmp_path / "999999.notify").exists()


def test_sender_does_not_wait_when_a_receiver_does_not_read(receiver, tmp_path):
    full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    full.bind(str(tmp_path / "999998.notify"))
    started = time.monotonic()
    for _ in range(3000):
        notifications.notify(notifications.CHANGES)
    full.close()
    assert time.monotonic() - started < 5


def test_unknown_topic_is_ignored(receiver, tmp_path):
    receiver.listen()
    other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    other.sendto(b"\xff nonsense", str(tmp_path / f"{os.getpid()}.notify"))
    other.close()
    receiver.take()


def test_sockets_are_in_the_temporary_folder_when_the_home_has_a_long_path(tmp_path):
    home = tmp_path / ("a" * 90) / ("b" * 90)
    home.mkdir(parents=True)
    folder = socket_folder(home)
    assert len(str(folder)) < 100 and folder == socket_folder(home) and folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


@pytest.mark.django_db(transaction=True)
def test_postgresql_sends_notifications_between_machines(tmp_path):
    """In a process on PostgreSQL, one connection sends and another receives."""
    from tests.support.postgresql import cluster

    script = """
import asyncio, os
from stoppress.service.django_setup import migrate, set_up
set_up(); migrate()
from stoppress.runtime import notifications
from stoppress.service.notifications import postgres
async def main():
    received = asyncio.Event()
    task = asyncio.create_task(postgres.listen())
    await asyncio.sleep(1)
    notifications.listen(notifications.CHANGES, received.set)
    await asyncio.to_thread(postgres.notify, notifications.CHANGES)
    await asyncio.wait_for(received.wait(), 5)
    task.cancel()
    print("received")
asyncio.run(main())
"""
    with cluster() as address:
        environment = os.environ | {"DATABASE_URL": address, "STOPPRESS_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
        )
    assert done.stdout.strip() == "received", done.stderr


def test_follower_finds_a_change_when_its_notification_is_lost(blog, serving, clock):
    """No listener is notified: the follower finds the change by polling."""
    from stoppress.coverage import actions
    from stoppress.coverage.post_content import Content
    from stoppress.edge.cache import log_positions

    listeners = notifications._listeners.pop(notifications.CHANGES, [])
    try:
        actions.publish(blog.slug, Content(headline="Unreceived"), by="tom", now=clock.tick())
        started = time.monotonic()
        wait_until(lambda: log_positions.last_known().get(blog.slug) and log_positions.last_known()[blog.slug].seq == 2)
        assert time.monotonic() - started < 10
    finally:
        notifications._listeners[notifications.CHANGES] = listeners
