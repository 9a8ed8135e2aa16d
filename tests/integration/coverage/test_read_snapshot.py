"""Several queries read one consistent state, whatever is committed between any two of them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from bench.chaos.reader_pages import parse_articles, parse_cursor
from stoppress.coverage.actions import mark_key_event, pin, publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_state import Snapshot, load_snapshot
from stoppress.coverage.read_snapshot import read_snapshot
from stoppress.edge.pages.cached_view import page_cache
from tests.support.clocks import Clock

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = "/live/storm-maren"
ACTIONS = {"pin": pin, "mark": mark_key_event}


@pytest.fixture
def posts(blog: LiveBlog, clock: Clock) -> list[Post]:
    """Publish more posts than one page shows."""
    return [publish(blog.slug, Content(headline=f"Post {n}"), by="ines", now=clock.tick()) for n in range(25)]


def run_in_other_connection(write: Callable[[], object]) -> None:
    """Run `write` and commit it in another thread with its own connection."""

    def work() -> None:
        try:
            write()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(work).result()


@contextmanager
def write_before_query(number: int, write: Callable[[], object]) -> Iterator[list[str]]:
    """Run `write` in another connection before query `number` of the block; yield the list of executed queries."""
    queries: list[str] = []

    def wrapper(execute: Any, sql: str, *rest: Any) -> Any:
        if len(queries) == number:
            run_in_other_connection(write)
        queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(wrapper):
        yield queries


def interleave(read: Callable[[], object], write: Callable[[bool], object]) -> Iterator[int]:
    """Repeat `read`, each time with `write` one query later, until `read` executes no further query."""
    for number in count():
        with write_before_query(number, lambda on=number % 2 == 0: write(on)) as queries:  # type: ignore[misc]
            read()
        if len(queries) <= number:
            return
        yield number


def first_page_ids(state: Snapshot) -> list[str]:
    """Return the ids of the posts of the newest page: 20, and the pinned one."""
    pinned = state.posts[state.order[0]].pinned
    return [str(key) for key in state.order[: 20 + pinned]]


@pytest.mark.parametrize("index", [3, 18, 19, 23])
def test_page_shows_the_state_of_its_cursor_when_a_post_is_pinned_between_its_queries(
    client: Client, blog: LiveBlog, posts: list[Post], clock: Clock, index: int
) -> None:
    shown: list[bytes] = []
    states = {state.cursor.seq: first_page_ids(state) for state in [load_snapshot(blog.slug)]}

    def pin_post(on: bool) -> None:
        pin(blog.slug, posts[index].pk, on=on, by="ed", now=clock.tick())
        state = load_snapshot(blog.slug)
        states[state.cursor.seq] = first_page_ids(state)

    def load() -> None:
        page_cache.retain(lambda key: False)
        shown.append(client.get(LIVE).content)

    for _ in interleave(load, pin_post):
        post_ids = [article.partition('data-post="')[2].partition('"')[0] for article in parse_articles(shown[-1])]
        assert post_ids == states[parse_cursor(shown[-1])[1]]
    assert len(shown) > 5 and len(states) == len(shown)


@pytest.mark.parametrize("action", ACTIONS)
def test_load_snapshot_returns_one_state_when_a_write_comes_between_its_queries(
    blog: LiveBlog, posts: list[Post], clock: Clock, action: str
) -> None:
    states, snapshots = [load_snapshot(blog.slug)], []

    def write(on: bool) -> None:
        ACTIONS[action](blog.slug, posts[7].pk, on=on, by="ed", now=clock.tick())
        states.append(load_snapshot(blog.slug))

    for _ in interleave(lambda: snapshots.append(load_snapshot(blog.slug)), write):
        assert snapshots[-1] in states
    assert len(snapshots) > 3 and len(states) == len(snapshots)


def test_read_snapshot_is_stable_until_its_end_and_released_after_an_error(blog: LiveBlog, posts: list[Post]) -> None:
    def count_pinned() -> int:
        return Post.objects.filter(pinned=True).count()

    def set_pinned(on: bool) -> None:
        run_in_other_connection(lambda: Post.objects.filter(pk=posts[0].pk).update(pinned=on))

    with pytest.raises(ZeroDivisionError), read_snapshot():
        assert count_pinned() == 0
        set_pinned(True)
        assert count_pinned() == 0
        raise ZeroDivisionError
    assert count_pinned() == 1
    with read_snapshot():
        assert count_pinned() == 1
        set_pinned(False)
        assert count_pinned() == 1
    assert count_pinned() == 0 and not connection.in_atomic_block
