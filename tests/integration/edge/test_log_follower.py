"""The follower when changes, new readers and polls overlap."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from stoppress.coverage import actions
from stoppress.coverage.models import Revision
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import build_post_views, find_blog, posts_in_order
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.log_positions import read_all
from stoppress.edge.follower import log_follower
from stoppress.edge.follower.cache_invalidation import REPEAT_SECONDS, CacheInvalidator
from stoppress.edge.live.change_reader import CommittedChanges
from stoppress.edge.render.post_cache import cached_post_html, post_cache
from stoppress.runtime import notifications
from tests.support.raw_http import RawConnection
from tests.support.sse_listener import SLUG
from tests.support.web_server import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def publish(clock: Any, text: str, slug: str = SLUG) -> Any:
    return actions.publish(slug, Content(headline=text), by="tom", now=clock.tick())


def without_notification(write: Callable[[], Any]) -> Any:
    """Call `write` as another machine whose notification is lost."""
    listeners = notifications._listeners.pop(notifications.CHANGES)
    try:
        return write()
    finally:
        notifications._listeners[notifications.CHANGES] = listeners


def test_reader_misses_nothing_when_it_joins_between_publish_and_poll(listen, serving, clock, monkeypatch):
    """A channel gets a change and is closed. During the poll a reader joins behind it, and a change is written."""
    first = listen()
    first.read_event()
    read, joined = log_follower.read_new_changes, []

    def slow(known: Any) -> Any:
        if SLUG in known and known[SLUG].seq == 2 and not joined:
            first.close()
            wait_until(lambda: serving.readers == 0)
            joined.append(listen(f"?after={find_blog(SLUG).epoch}-1"))
            wait_until(lambda: serving.readers == 1)
            without_notification(lambda: publish(clock, "Second"))
        return read(known)

    monkeypatch.setattr(log_follower, "read_new_changes", slow)
    publish(clock, "First")
    wait_until(lambda: joined)
    assert joined[0].read_event().event == "hello"
    publish(clock, "Third")
    assert [joined[0].read_event().data["seq"] for _ in range(3)] == [2, 3, 4]


def test_page_shows_a_change_when_a_poll_began_before_its_commit(blog, serving, clock, monkeypatch):
    """The poll reads before the commit, and ends while the writing thread still reads its change."""
    read, read_committed = log_follower.read_new_changes, CommittedChanges.read
    began, may_end = threading.Event(), threading.Event()

    def slow(known: Any) -> Any:
        found = read(known)
        if began.is_set():
            time.sleep(0.3)
        else:
            began.set()
            may_end.wait(5)
        return found

    def read_late(committed: CommittedChanges, known: Any) -> None:
        before = log_positions.latest()
        may_end.set()
        wait_until(lambda: log_positions.latest() is not before, every=0.001)
        read_committed(committed, known)

    with RawConnection(serving.port) as wire:
        wire.fetch(f"/live/{SLUG}")
        monkeypatch.setattr(log_follower, "read_new_changes", slow)
        assert began.wait(5)
        monkeypatch.setattr(CommittedChanges, "read", read_late)
        publish(clock, "Just written")
        assert b"Just written" in wire.fetch(f"/live/{SLUG}").body


@pytest.mark.parametrize("has_notification", [True, False])
def test_changes_reach_readers_when_those_of_another_live_blog_cannot_be_rendered(
    listen, serving, clock, monkeypatch, has_notification
):
    actions.open_blog(slug="other", headline="Other", zone="Europe/London", by="ines", now=clock.tick())
    reader = listen()
    assert reader.read_event().event == "hello"
    wait_until(lambda: "other" in log_positions.last_known())
    with socket.create_connection(("127.0.0.1", serving.port)) as other:
        other.sendall(b"GET /live/other/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: serving.readers == 2)
        post = without_notification(lambda: publish(clock, "x", "other"))
        Revision.objects.filter(post=post).update(sources=[{"no such field": "x"}])
        if not has_notification:
            monkeypatch.setattr(notifications, "notify", lambda event: None)
        publish(clock, "Ferries run again")
        assert "Ferries run again" in reader.read_event().data["html"]
        assert serving.readers == 2


def test_post_cache_loses_withdrawn_text_when_it_was_rendered_during_the_withdrawal(blog, clock, seconds):
    post, invalidator = publish(clock, "unspeakable"), CacheInvalidator(seconds)

    def invalidate() -> None:
        if rest := invalidator.invalidate(read_all()):
            rest()

    def views() -> Any:
        return {view.id: view for view in build_post_views(blog, posts_in_order(blog))}

    invalidate()
    seconds.now += REPEAT_SECONDS
    invalidate()
    another = publish(clock, "another").pk
    cached_post_html(views()[another])
    read = views()[post.pk]
    actions.withdraw(SLUG, post.pk, note="Not so.", by="ines", now=clock.tick())
    try:
        for _ in range(2):  # a notification, and another one without a new change
            invalidate()
        cached_post_html(read)
        assert post_cache.contains_text("unspeakable")
        seconds.now += log_follower.POLL_INTERVAL_SECONDS
        invalidate()
        assert not post_cache.contains_text("unspeakable")
    finally:
        post_cache.remove([post.pk])


def test_follower_opens_a_new_connection_when_the_database_stops_answering(listen, serving, clock, monkeypatch):
    """A firewall may drop a connection without notice: a read from it never ends."""
    reader, read = listen(), log_follower.read_new_changes
    assert reader.read_event().event == "hello"
    is_silent, may_end = threading.Event(), threading.Event()

    def hang(known: Any) -> Any:
        if not is_silent.is_set():
            is_silent.set()
            may_end.wait(30)
        return read(known)

    monkeypatch.setattr(log_follower, "DATABASE_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(log_follower, "read_new_changes", hang)
    try:
        assert is_silent.wait(5)
        without_notification(lambda: publish(clock, "While the database is silent"))
        assert "While the database is silent" in reader.read_event().data["html"]
    finally:
        may_end.set()


def test_queued_work_does_not_time_out_when_the_database_is_slow_but_answers(blog, serving, monkeypatch):
    monkeypatch.setattr(log_follower, "DATABASE_TIMEOUT_SECONDS", 0.5)
    follower = serving.server._follower
    thread = follower._thread

    async def many() -> list[int]:
        def slow() -> int:
            time.sleep(0.2)
            return 1

        return await asyncio.gather(*(follower._in_thread(slow) for _ in range(8)))

    assert asyncio.run_coroutine_threadsafe(many(), follower._loop).result(20) == [1] * 8
    assert follower._thread is thread
