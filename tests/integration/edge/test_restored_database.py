"""A database restored from an older backup: readers and caches do not continue with what it has lost."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils.http import http_date

from stoppress.coverage import actions
from stoppress.coverage.models import Change, LiveBlog, Post, Revision
from stoppress.coverage.post_content import Content
from stoppress.edge.cache.log_positions import read_all
from stoppress.edge.follower.restored_logs import MARK_FILE, RestoredLogDetector
from tests.support.clocks import Clock, Seconds
from tests.support.raw_http import RawConnection
from tests.support.sse_listener import SLUG
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = f"/live/{SLUG}"


def restore(seq: int) -> None:
    """Change the database as a restore does: the log ends at change `seq`, and later changes never existed."""
    posts = list(Change.objects.filter(seq__gt=seq).values_list("post_id", flat=True))
    Change.objects.filter(seq__gt=seq).delete()
    Post.objects.filter(pk__in=posts).update(revision=None)
    Revision.objects.filter(post__in=posts).delete()
    Post.objects.filter(pk__in=posts).delete()
    LiveBlog.objects.update(seq=seq, changed_at=Change.objects.latest("seq").at)


def write(clock: Clock, count: int, word: str) -> None:
    for number in range(count):
        actions.publish(SLUG, Content(headline=f"{word} {number}"), by="tom", now=clock.tick())


def test_open_and_cached_pages_are_reset_when_the_log_goes_back(listen: Any, serving: Serving, clock: Clock) -> None:
    reader = listen()
    old = reader.read_event().id
    write(clock, 4, "Lost")
    with RawConnection(serving.port) as wire:
        wait_until(lambda: b"Lost 3" in wire.fetch(LIVE).body)
        tag, epoch = wire.fetch(LIVE).get("etag"), old.rpartition("-")[0]
        date = http_date(clock().timestamp() + 1)
        restore(2)
        wait_until(lambda: LiveBlog.objects.get().epoch != epoch)
        wait_until(lambda: epoch.encode() not in wire.fetch(LIVE).body)
        assert wire.fetch(f"{LIVE}/feed.atom", **{"If-Modified-Since": date}).status == 200
        write(clock, 4, "Newer")
        page = wire.fetch(LIVE, **{"If-None-Match": tag})
        assert page.status == 200 and b"Newer 3" in page.body and b"Lost 3" not in page.body
        assert wire.fetch(f"{LIVE}/changes/{epoch}-5").body == b'{"reset":true}'
    events = [reader.read_event().event for _ in range(5)]
    assert events == ["change"] * 4 + ["reset"]


def test_detector_finds_a_restore_at_start_when_it_happened_while_stopped(
    blog: LiveBlog, clock: Clock, tmp_path: Any, seconds: Seconds
) -> None:
    write(clock, 4, "Lost")
    before = RestoredLogDetector(tmp_path, seconds)
    assert not before.check(read_all().cursors)
    before.write()
    restore(2)
    after, epoch = RestoredLogDetector(tmp_path, seconds), blog.epoch
    assert after.check(read_all().cursors) and read_all().cursors[SLUG].epoch != epoch
    after.write()
    again = read_all().cursors[SLUG].epoch
    assert not after.check(read_all().cursors) and not RestoredLogDetector(tmp_path, seconds).check(read_all().cursors)
    assert read_all().cursors[SLUG].epoch == again


def test_marks_are_written_once_a_second_and_damaged_lines_are_ignored(
    blog: LiveBlog, clock: Clock, tmp_path: Any, seconds: Seconds
) -> None:
    for damaged in (b"", b"[]", b"\0", b"12 x\n", b"0" * 20 + b"\n", b"%020d %b\n" % (9, SLUG.encode())):
        (tmp_path / MARK_FILE).write_bytes(damaged)
        assert not RestoredLogDetector(tmp_path, seconds).check(read_all().cursors)
    detector, written = RestoredLogDetector(tmp_path, seconds), []
    for _ in range(3):
        write(clock, 1, "Line")
        detector.check(read_all().cursors)
        detector.write()
        written.append((tmp_path / MARK_FILE).read_text())
        seconds.now += 0.7
    assert written[0] == written[1] != written[2]
    assert f"{4:020} " in written[2] and f" {SLUG} {blog.epoch}\n" in written[2]


def test_detector_resets_every_log_when_the_whole_home_folder_was_restored(
    blog: LiveBlog, clock: Clock, tmp_path: Path, seconds: Seconds
) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    home.mkdir()
    write(clock, 2, "Kept")
    running = RestoredLogDetector(home, seconds)
    running.check(read_all().cursors)
    running.write()
    shutil.copytree(home, backup, copy_function=shutil.copy2)
    assert not RestoredLogDetector(home, seconds).check(read_all().cursors)
    shutil.rmtree(home)
    shutil.copytree(backup, home, copy_function=shutil.copy2)
    started = RestoredLogDetector(home, seconds)
    assert started.check(read_all().cursors) and read_all().cursors[SLUG].epoch != blog.epoch
    epoch = read_all().cursors[SLUG].epoch
    assert not started.check(read_all().cursors)
    started.write()
    assert not RestoredLogDetector(home, seconds).check(read_all().cursors) and read_all().cursors[SLUG].epoch == epoch


def test_other_readers_do_not_wait_when_many_logs_went_back(listen: Any, serving: Serving, clock: Clock) -> None:
    for number in range(60):
        actions.open_blog(slug=f"other-{number}", headline="O", zone="Europe/London", by="ines", now=clock.tick())
    reader = listen()
    reader.read_event()
    write(clock, 2, "Lost")
    followed = set(LiveBlog.objects.values_list("slug", "epoch"))
    wait_until(lambda: followed <= serving.server._follower._restored_logs._marks.keys())
    epochs = list(LiveBlog.objects.exclude(slug=SLUG).values_list("epoch", flat=True))
    LiveBlog.objects.exclude(slug=SLUG).update(seq=0)
    began = time.monotonic()
    wait_until(lambda: not LiveBlog.objects.filter(slug__startswith="other", epoch__in=epochs).exists())
    write(clock, 1, "Newer")
    while "Newer 0" not in str(reader.read_event().data):
        pass
    assert time.monotonic() - began < 5


def test_reader_is_reset_when_the_restored_database_lacks_the_live_blog(listen: Any, clock: Clock) -> None:
    reader = listen()
    assert reader.read_event().event == "hello"
    Change.objects.all().delete()
    LiveBlog.objects.all().delete()
    assert reader.read_event().event == "reset"
