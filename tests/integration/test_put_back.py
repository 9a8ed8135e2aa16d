"""A database that is put back to an older state: nobody goes on with what it does not know any more."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from stoppress.coverage import actions
from stoppress.coverage.content import Content
from stoppress.coverage.models import Change, LiveBlog, Post, Revision
from stoppress.edge.heads import look
from stoppress.edge.high_water import MARKS, HighWater
from tests.conftest import Clock, Seconds
from tests.listening import SLUG
from tests.serving import Serving, wait_until
from tests.wires import Wire

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = f"/live/{SLUG}"


def put_back(seq: int) -> None:
    """What a restore comes to: the log ends earlier, and what came later was never there."""
    posts = list(Change.objects.filter(seq__gt=seq).values_list("post_id", flat=True))
    Change.objects.filter(seq__gt=seq).delete()
    Post.objects.filter(pk__in=posts).update(revision=None)
    Revision.objects.filter(post__in=posts).delete()
    Post.objects.filter(pk__in=posts).delete()
    LiveBlog.objects.update(seq=seq)


def write(clock: Clock, count: int, word: str) -> None:
    for number in range(count):
        actions.publish(SLUG, Content(headline=f"{word} {number}"), by="tom", now=clock.tick())


def test_open_pages_and_kept_ones_start_afresh(listen: Any, serving: Serving, clock: Clock) -> None:
    reader = listen()
    old = reader.next().id
    write(clock, 4, "Lost")
    with Wire(serving.port) as wire:
        wait_until(lambda: b"Lost 3" in wire.ask(LIVE).body)
        tag, epoch = wire.ask(LIVE).get("etag"), old.rpartition("-")[0]
        put_back(2)
        wait_until(lambda: LiveBlog.objects.get().epoch != epoch)
        wait_until(lambda: epoch.encode() not in wire.ask(LIVE).body)
        write(clock, 4, "Newer")
        page = wire.ask(LIVE, **{"If-None-Match": tag})
        assert page.status == 200 and b"Newer 3" in page.body and b"Lost 3" not in page.body
        assert wire.ask(f"{LIVE}/changes/{epoch}-5").body == b'{"reset":true}'
    events = [reader.next().event for _ in range(5)]
    assert events == ["change"] * 4 + ["reset"]


def test_what_was_put_back_while_nothing_ran_is_found_at_the_start(
    blog: LiveBlog, clock: Clock, tmp_path: Any, seconds: Seconds
) -> None:
    write(clock, 4, "Lost")
    before = HighWater(tmp_path, seconds)
    assert not before.check(look().cursors)
    before.write()
    put_back(2)
    after, epoch = HighWater(tmp_path, seconds), blog.epoch
    assert after.check(look().cursors) and look().cursors[SLUG].epoch != epoch
    after.write()
    again = look().cursors[SLUG].epoch
    assert not after.check(look().cursors) and not HighWater(tmp_path, seconds).check(look().cursors)
    assert look().cursors[SLUG].epoch == again


def test_marks_are_written_now_and_then_and_nonsense_is_none(
    blog: LiveBlog, clock: Clock, tmp_path: Any, seconds: Seconds
) -> None:
    for nonsense in ("", "[]", '{"cursors": 3}', '{"cursors": {"storm-maren": "x"}, "home": 3}', '{"home": ""}', "\0"):
        (tmp_path / MARKS).write_text(nonsense)
        assert not HighWater(tmp_path, seconds).check(look().cursors)
    marks, told = HighWater(tmp_path, seconds), []
    for _ in range(3):
        write(clock, 1, "Line")
        marks.check(look().cursors)
        marks.write()
        told.append((tmp_path / MARKS).read_text())
        seconds.now += 0.7
    assert told[0] == told[1] != told[2] and f"{blog.epoch}-4" in told[2]


def test_a_home_that_was_put_back_whole_is_known_by_a_file_that_cannot_be(
    blog: LiveBlog, clock: Clock, tmp_path: Path, seconds: Seconds
) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    home.mkdir()
    write(clock, 2, "Kept")
    running = HighWater(home, seconds)
    running.check(look().cursors)
    running.write()
    shutil.copytree(home, backup, copy_function=shutil.copy2)
    assert not HighWater(home, seconds).check(look().cursors)
    shutil.rmtree(home)
    shutil.copytree(backup, home, copy_function=shutil.copy2)
    started = HighWater(home, seconds)
    assert started.check(look().cursors) and look().cursors[SLUG].epoch != blog.epoch
    epoch = look().cursors[SLUG].epoch
    assert not started.check(look().cursors)
    started.write()
    assert not HighWater(home, seconds).check(look().cursors) and look().cursors[SLUG].epoch == epoch
