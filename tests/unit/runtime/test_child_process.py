"""Notifications from a parent to its child process, each as one byte, and restarts of the child."""

import asyncio

import pytest

from stoppress.delivery.sender.process import forward_hints
from stoppress.runtime import notifications
from stoppress.runtime.processes.child_process import ChildProcess
from stoppress.runtime.processes.parent_pipe import ParentPipe
from stoppress.service.processes.roles import children_of


class Pipe:
    """Standard input of a child that records the written bytes."""

    def __init__(self):
        self.written = b""

    def is_closing(self):
        return False

    def write(self, data):
        self.written += data


def test_child_process_receives_only_its_events():
    async def run_child():
        child, pipe = ChildProcess("nothing", events=(notifications.MAIL, notifications.INTERACTIVE_WRITE)), Pipe()
        child._loop, child._pipe = asyncio.get_running_loop(), pipe
        for event in (notifications.CHANGES, notifications.INTERACTIVE_WRITE, notifications.MAIL):
            notifications.notify_local(event)
        await asyncio.sleep(0)
        await child.stop()
        notifications.notify_local(notifications.MAIL)
        await asyncio.sleep(0)
        return pipe.written

    expected = (notifications.INTERACTIVE_WRITE, notifications.MAIL)
    assert asyncio.run(run_child()) == b"".join(notifications.PIPE_BYTES[event] for event in expected)


def test_child_process_is_started_again_when_its_start_fails(monkeypatch, caplog):
    attempts = []

    async def fail_to_start(*_, **__):
        attempts.append(1)
        if len(attempts) == 2:
            raise asyncio.CancelledError
        raise OSError(24, "Too many open files")

    async def sleep_no_time(_):
        pass

    monkeypatch.setattr(asyncio, "create_subprocess_exec", fail_to_start)
    monkeypatch.setattr(asyncio, "sleep", sleep_no_time)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ChildProcess("nothing").keep_running())
    assert len(attempts) == 2 and "could not be started" in caplog.text and "Too many open files" in caplog.text


def test_child_notifies_its_own_listeners_when_its_parent_writes():
    notified = []
    listeners = [
        notifications.listen(event, lambda event=event: notified.append(event)) for event in notifications.PIPE_BYTES
    ]
    try:
        parent = ParentPipe(lambda: None, forward_hints)
        parent.data_received(notifications.PIPE_BYTES[notifications.INTERACTIVE_WRITE] * 3)
        assert notified == [notifications.INTERACTIVE_WRITE]
        parent.data_received(b"".join(notifications.PIPE_BYTES.values()))
    finally:
        for stop in listeners:
            stop()
    assert sorted(notified[1:]) == sorted(notifications.PIPE_BYTES)


def test_mailer_process_receives_every_event():
    async def run_child():
        [mailer], pipe = children_of({"mailer"}, lambda role, reason: None), Pipe()
        mailer._loop, mailer._pipe = asyncio.get_running_loop(), pipe
        for event in notifications.PIPE_BYTES:
            notifications.notify_local(event)
        await asyncio.sleep(0)
        await mailer.stop()
        return pipe.written

    assert asyncio.run(run_child()) == b"".join(notifications.PIPE_BYTES.values())
