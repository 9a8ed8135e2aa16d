"""What the follower makes of changes, readers and looks that come in one another's way."""

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
from stoppress.coverage.public_posts import find_blog, posts_in_order, build_post_views
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.log_positions import read_all
from stoppress.edge.follower import log_follower
from stoppress.edge.follower.cache_invalidation import REPEAT_SECONDS, CacheInvalidator
from stoppress.edge.live.change_reader import CommittedChanges
from stoppress.edge.render.post_cache import post_cache, cached_post_html
from stoppress.runtime import notifications
from tests.support.raw_http import RawConnection
from tests.support.sse_listener import SLUG
from tests.support.web_server import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def publish(clock: Any, text: str, slug: str = SLUG) -> Any:
    return actions.publish(slug, Content(headline=text), by="tom", now=clock.tick())


def unheard(deed: Callable[[], Any]) -> Any:
    """Do it as another machine would whose hint is lost."""
    listening = notifications._listeners.pop(notifications.CHANGES)
    try:
        return deed()
    finally:
        notifications._listeners[notifications.CHANGES] = listening


def test_who_comes_while_others_are_told_misses_nothing(listen, serving, clock, monkeypatch):
    """The room is told a change and left; while the log is read, one comes who is behind that, and another is made."""
    first = listen()
    first.read_event()
    whole, came = log_follower.read_new_changes, []

    def slow(known: Any) -> Any:
        if SLUG in known and known[SLUG].seq == 2 and not came:
            first.close()
            wait_until(lambda: serving.readers == 0)
            came.append(listen(f"?after={find_blog(SLUG).epoch}-1"))
            wait_until(lambda: serving.readers == 1)
            unheard(lambda: publish(clock, "Second"))
        return whole(known)

    monkeypatch.setattr(log_follower, "read_new_changes", slow)
    publish(clock, "First")
    wait_until(lambda: came)
    assert came[0].read_event().event == "hello"
    publish(clock, "Third")
    assert [came[0].read_event().data["seq"] for _ in range(3)] == [2, 3, 4]


def test_a_look_from_before_a_change_does_not_bring_the_past_back(blog, serving, clock, monkeypatch):
    """It read before the commit, and ends while the thread that wrote still reads what it has to tell."""
    read, tell = log_follower.read_new_changes, CommittedChanges.read
    began, may_end = threading.Event(), threading.Event()

    def slow(known: Any) -> Any:
        found = read(known)
        if began.is_set():
            time.sleep(0.3)
        else:
            began.set()
            may_end.wait(5)
        return found

    def telling(told: CommittedChanges, known: Any) -> None:
        before = log_positions.latest()
        may_end.set()
        wait_until(lambda: log_positions.latest() is not before, every=0.001)
        tell(told, known)

    with RawConnection(serving.port) as wire:
        wire.fetch(f"/live/{SLUG}")
        monkeypatch.setattr(log_follower, "read_new_changes", slow)
        assert began.wait(5)
        monkeypatch.setattr(CommittedChanges, "read", telling)
        publish(clock, "Just written")
        assert b"Just written" in wire.fetch(f"/live/{SLUG}").body


@pytest.mark.parametrize("told", [True, False])
def test_what_cannot_be_shown_of_one_live_blog_holds_up_no_other(listen, serving, clock, monkeypatch, told):
    actions.open_blog(slug="other", headline="Other", zone="Europe/London", by="ines", now=clock.tick())
    reader = listen()
    assert reader.read_event().event == "hello"
    wait_until(lambda: "other" in log_positions.last_known())
    with socket.create_connection(("127.0.0.1", serving.port)) as there:
        there.sendall(b"GET /live/other/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: serving.readers == 2)
        post = unheard(lambda: publish(clock, "x", "other"))
        Revision.objects.filter(post=post).update(sources=[{"no such field": "x"}])
        if not told:
            monkeypatch.setattr(notifications, "notify", lambda topic: None)
        publish(clock, "Of a live blog that is well")
        assert "that is well" in reader.read_event().data["html"]
        assert serving.readers == 2


def test_a_page_that_was_being_made_while_a_post_was_withdrawn_leaves_nothing_behind(blog, clock, seconds):
    post, sweeper = publish(clock, "unspeakable"), CacheInvalidator(seconds)

    def sweep() -> None:
        if rest := sweeper.sweep(read_all()):
            rest()

    def views() -> Any:
        return {view.id: view for view in build_post_views(blog, posts_in_order(blog))}

    sweep()
    seconds.now += REPEAT_SECONDS
    sweep()
    another = publish(clock, "another").pk
    cached_post_html(views()[another])
    read = views()[post.pk]
    actions.withdraw(SLUG, post.pk, note="Not so.", by="ines", now=clock.tick())
    try:
        for _ in range(2):  # a hint, and one that tells nothing new
            sweep()
        cached_post_html(read)
        assert post_cache.holds("unspeakable")
        seconds.now += log_follower.POLL_INTERVAL_SECONDS
        sweep()
        assert not post_cache.holds("unspeakable")
    finally:
        post_cache.remove([post.pk])


def test_a_database_that_says_nothing_more_is_asked_again_on_a_new_connection(listen, serving, clock, monkeypatch):
    """A firewall may forget a connection, and nobody is told: reading from it ends never."""
    reader, read = listen(), log_follower.read_new_changes
    assert reader.read_event().event == "hello"
    silent, may_end = threading.Event(), threading.Event()

    def hangs(known: Any) -> Any:
        if not silent.is_set():
            silent.set()
            may_end.wait(30)
        return read(known)

    monkeypatch.setattr(log_follower, "DATABASE_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(log_follower, "read_new_changes", hangs)
    try:
        assert silent.wait(5)
        unheard(lambda: publish(clock, "While nobody answers"))
        assert "While nobody answers" in reader.read_event().data["html"]
    finally:
        may_end.set()


def test_who_waits_while_the_database_is_slow_but_answers_is_patient(blog, serving, monkeypatch):
    monkeypatch.setattr(log_follower, "DATABASE_TIMEOUT_SECONDS", 0.5)
    following = serving.server._follower
    thread = following._thread

    async def many() -> list[int]:
        def slow() -> int:
            time.sleep(0.2)
            return 1

        return await asyncio.gather(*(following._in_thread(slow) for _ in range(8)))

    assert asyncio.run_coroutine_threadsafe(many(), following._loop).result(20) == [1] * 8
    assert following._thread is thread
