"""What is put together from several queries shows one moment, whatever is written between any two of them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from bench.chaos.reader_pages import articles, cursor_of
from stoppress.coverage.actions import mark_key_event, pin, publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_state import Snapshot, load_snapshot
from stoppress.coverage.read_snapshot import read_snapshot
from stoppress.edge.pages.cached_view import page_cache
from tests.support.clocks import Clock

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = "/live/storm-maren"
DEEDS = {"pin": pin, "mark": mark_key_event}


@pytest.fixture
def posts(blog: LiveBlog, clock: Clock) -> list[Post]:
    """More than one page of them."""
    return [publish(blog.slug, Content(headline=f"Post {n}"), by="ines", now=clock.tick()) for n in range(25)]


def elsewhere(deed: Callable[[], object]) -> None:
    """Done and committed by somebody else."""

    def work() -> None:
        try:
            deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(work).result()


@contextmanager
def before_query(number: int, deed: Callable[[], object]) -> Iterator[list[str]]:
    """Somebody else does `deed` before query `number` of those inside; yields them as they are asked."""
    asked: list[str] = []

    def wrapper(execute: Any, sql: str, *rest: Any) -> Any:
        if len(asked) == number:
            elsewhere(deed)
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(wrapper):
        yield asked


def every_place(do: Callable[[], object], deed: Callable[[bool], object]) -> Iterator[int]:
    """Do it again and again, each time with the deed done one query later; until it asks no more queries."""
    for number in count():
        with before_query(number, lambda on=number % 2 == 0: deed(on)) as asked:  # type: ignore[misc]
            do()
        if len(asked) <= number:
            return
        yield number


def ids(state: Snapshot) -> list[str]:
    """The posts of the newest page: 20, and the one that is pinned."""
    pinned = state.posts[state.order[0]].pinned
    return [str(key) for key in state.order[: 20 + pinned]]


@pytest.mark.parametrize("which", [3, 18, 19, 23])
def test_a_page_shows_the_state_of_its_cursor_while_a_post_is_pinned(
    client: Client, blog: LiveBlog, posts: list[Post], clock: Clock, which: int
) -> None:
    shown: list[bytes] = []
    states = {state.cursor.seq: ids(state) for state in [load_snapshot(blog.slug)]}

    def pinned(on: bool) -> None:
        pin(blog.slug, posts[which].pk, on=on, by="ed", now=clock.tick())
        state = load_snapshot(blog.slug)
        states[state.cursor.seq] = ids(state)

    def load() -> None:
        page_cache.retain(lambda key: False)
        shown.append(client.get(LIVE).content)

    for _ in every_place(load, pinned):
        posted = [article.partition('data-post="')[2].partition('"')[0] for article in articles(shown[-1])]
        assert posted == states[cursor_of(shown[-1])[1]]
    assert len(shown) > 5 and len(states) == len(shown)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_snapshot_is_of_one_moment(blog: LiveBlog, posts: list[Post], clock: Clock, deed: str) -> None:
    states, found = [load_snapshot(blog.slug)], []

    def done(on: bool) -> None:
        DEEDS[deed](blog.slug, posts[7].pk, on=on, by="ed", now=clock.tick())
        states.append(load_snapshot(blog.slug))

    for _ in every_place(lambda: found.append(load_snapshot(blog.slug)), done):
        assert found[-1] in states
    assert len(found) > 3 and len(states) == len(found)


def test_what_is_seen_stays_until_the_end_and_after_an_error_too(blog: LiveBlog, posts: list[Post]) -> None:
    def counted() -> int:
        return Post.objects.filter(pinned=True).count()

    def pinned(on: bool) -> None:
        elsewhere(lambda: Post.objects.filter(pk=posts[0].pk).update(pinned=on))

    with pytest.raises(ZeroDivisionError), read_snapshot():
        assert counted() == 0
        pinned(True)
        assert counted() == 0
        raise ZeroDivisionError
    assert counted() == 1
    with read_snapshot():
        assert counted() == 1
        pinned(False)
        assert counted() == 1
    assert counted() == 0 and not connection.in_atomic_block
