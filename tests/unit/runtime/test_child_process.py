"""What a parent tells its child: hints, each by its sign."""

import asyncio
from types import SimpleNamespace

import pytest

from stoppress.delivery.sender.process import forward_hints
from stoppress.runtime import notifications
from stoppress.runtime.processes.child_process import ChildProcess
from stoppress.runtime.processes.parent_pipe import ParentPipe
from stoppress.service.processes.roles import children_of


class Pipe:
    """A standard input that keeps what is written."""

    def __init__(self):
        self.written = b""

    def is_closing(self):
        return False

    def write(self, data):
        self.written += data


def test_a_child_is_told_of_its_topics_and_of_no_others():
    async def scene():
        child, pipe = ChildProcess("nothing", events=(notifications.MAIL, notifications.INTERACTIVE_WRITE)), Pipe()
        child._loop, child._process = asyncio.get_running_loop(), SimpleNamespace(stdin=pipe, returncode=0)
        for topic in (notifications.CHANGES, notifications.INTERACTIVE_WRITE, notifications.MAIL):
            notifications.notify_local(topic)
        await asyncio.sleep(0)
        await child.stop()
        notifications.notify_local(notifications.MAIL)
        await asyncio.sleep(0)
        return pipe.written

    assert asyncio.run(scene()) == notifications.PIPE_BYTES[notifications.INTERACTIVE_WRITE] + notifications.PIPE_BYTES[notifications.MAIL]


def test_a_child_that_cannot_be_started_is_tried_again(monkeypatch, caplog):
    tried = []

    async def no_room(*_, **__):
        tried.append(1)
        if len(tried) == 2:
            raise asyncio.CancelledError
        raise OSError(24, "Too many open files")

    async def at_once(_):
        pass

    monkeypatch.setattr(asyncio, "create_subprocess_exec", no_room)
    monkeypatch.setattr(asyncio, "sleep", at_once)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ChildProcess("nothing").keep_running())
    assert len(tried) == 2 and "could not be started" in caplog.text and "Too many open files" in caplog.text


def test_what_it_is_told_it_rings_for_itself():
    rung = []
    ears = [notifications.listen(topic, lambda topic=topic: rung.append(topic)) for topic in notifications.PIPE_BYTES]
    try:
        parent = ParentPipe(lambda: None, forward_hints)
        parent.data_received(notifications.PIPE_BYTES[notifications.INTERACTIVE_WRITE] * 3)
        assert rung == [notifications.INTERACTIVE_WRITE]
        parent.data_received(b"".join(notifications.PIPE_BYTES.values()))
    finally:
        for stop in ears:
            stop()
    assert sorted(rung[1:]) == sorted(notifications.PIPE_BYTES)


def test_the_mailer_is_told_of_all_three():
    async def scene():
        [mailer], pipe = children_of({"mailer"}), Pipe()
        mailer._loop, mailer._process = asyncio.get_running_loop(), SimpleNamespace(stdin=pipe, returncode=0)
        for topic in notifications.PIPE_BYTES:
            notifications.notify_local(topic)
        await asyncio.sleep(0)
        await mailer.stop()
        return pipe.written

    assert asyncio.run(scene()) == b"".join(notifications.PIPE_BYTES.values())
