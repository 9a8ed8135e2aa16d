"""Imports are atomic and repeatable, and never overwrite the work of editors."""

import json
from pathlib import Path

import pytest

from stoppress.coverage import actions
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import build_post_views, find_blog, posts_in_order
from stoppress.importing.page_import import ImportOptions, import_page
from stoppress.importing.plain_text import parse_page
from stoppress.service.cli.main import main

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).parents[2] / "data" / "live-page-trailing-byline.txt"
LINES = SAMPLE.read_text(encoding="utf-8").splitlines()


def stoppress(*arguments: str) -> int:
    return main(["import", *arguments, "--zone", "Europe/London"])


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    """Write an earlier copy of the page, without its two newest posts and one in the middle."""
    ends = [number for number, line in enumerate(LINES) if line.startswith(BYLINES) and line[-3] == ":"]
    first = next(number for number in range(len(LINES)) if LINES[number] == heading_after_introduction())
    kept = LINES[:first] + LINES[ends[1] + 1 : ends[4] + 1] + LINES[ends[5] + 1 :]
    path = tmp_path / "partial.txt"
    path.write_text("\n".join(kept), encoding="utf-8")
    return path


BYLINES = ("Ines Okafor", "Tom Reyer", "Lena Voss")


def heading_after_introduction() -> str:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    page = parse_page("\n".join(LINES), zone=ZoneInfo("Europe/London"), now=datetime(2027, 1, 1, tzinfo=UTC))
    return page.posts[0].headline


def test_import_creates_an_ended_live_blog_in_page_order(capsys):
    assert stoppress(str(SAMPLE)) == 0
    blog = LiveBlog.objects.get()
    posts = build_post_views(blog, posts_in_order(blog))
    assert blog.state == BlogState.ENDED and len(blog.paragraphs) == 5
    times = [post.published_at for post in posts]
    assert len(posts) >= 10 and times == sorted(times, reverse=True)
    assert "No alert was sent" in capsys.readouterr().out


def test_import_changes_nothing_when_repeated(capsys):
    stoppress(str(SAMPLE))
    before = (Change.objects.count(), LiveBlog.objects.values().get())
    capsys.readouterr()
    assert stoppress(str(SAMPLE), "--slug", "quite-another") == 0
    assert "Nothing new" in capsys.readouterr().out
    assert (Change.objects.count(), LiveBlog.objects.values().get()) == before


def test_import_adds_new_posts_in_place_when_the_copy_is_longer(partial, capsys):
    stoppress(str(partial), "--slug", "early", "--title", "Early title")
    early = Post.objects.count()
    capsys.readouterr()
    assert stoppress(str(SAMPLE)) == 0
    blog = LiveBlog.objects.get()
    posts = build_post_views(blog, posts_in_order(blog))
    assert blog.slug == "early" and len(posts) == early + 3
    times = [post.published_at for post in posts]
    assert times == sorted(times, reverse=True)
    assert f"3 posts added, {early} already there" in capsys.readouterr().out


def test_import_reports_changed_text_without_applying_it(tmp_path, capsys):
    stoppress(str(SAMPLE))
    blog = LiveBlog.objects.get()
    newest = build_post_views(blog, posts_in_order(blog))[0]
    paragraph = newest.text.split("\n\n")[0]
    copy = tmp_path / "copy.txt"
    copy.write_text(
        SAMPLE.read_text(encoding="utf-8").replace(paragraph, paragraph + " So it was said."), encoding="utf-8"
    )
    capsys.readouterr()
    assert stoppress(str(copy)) == 0
    assert f"changed since, not applied: {newest.content.headline}" in capsys.readouterr().out
    assert build_post_views(blog, posts_in_order(blog))[0].text == newest.text


def test_import_recognises_a_post_when_an_editor_changed_it():
    stoppress(str(SAMPLE))
    blog = LiveBlog.objects.get()
    post = posts_in_order(blog)[0]
    actions.update(
        blog.slug,
        post.pk,
        Content(headline="Rewritten", body="<p>All new.</p>"),
        by="ines",
        now=post.published_at,
        based_on=1,
    )
    count = Post.objects.count()
    stoppress(str(SAMPLE))
    assert Post.objects.count() == count


def test_import_leaves_posts_of_the_desk_in_place(partial):
    stoppress(str(partial), "--slug", "early", "--state", "live")
    blog = find_blog("early")
    desk = actions.publish("early", Content(headline="From the desk"), by="ines", now=blog.changed_at)
    stoppress(str(SAMPLE))
    assert posts_in_order(blog)[0].pk == desk.pk


def test_import_refuses_the_slug_of_another_live_blog(blog, capsys):
    before = Change.objects.count()
    assert stoppress(str(SAMPLE), "--slug", blog.slug) == 2
    assert "already another live blog" in capsys.readouterr().err and Change.objects.count() == before


def test_import_writes_nothing_when_a_post_fails(monkeypatch):
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from stoppress.importing import page_import

    calls = []

    def fail_at_fourth_post(*arguments: object, **options: object) -> None:
        calls.append(1)
        if len(calls) > 3:
            raise OSError("disk full")
        actions.publish(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(page_import, "publish", fail_at_fourth_post)
    page = parse_page("\n".join(LINES), zone=ZoneInfo("Europe/London"), now=datetime(2027, 1, 1, tzinfo=UTC))
    with pytest.raises(OSError, match="disk full"):
        import_page(page, ImportOptions(zone="Europe/London"), now=datetime(2027, 1, 1, tzinfo=UTC))
    assert not LiveBlog.objects.exists() and not Change.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\x89PNG\r\n\x1a\n\x00\x00", b"One line.\nAnother line.\n"])
def test_import_exits_with_code_2_when_the_input_is_no_page(tmp_path, capsys, content):
    path = tmp_path / "page"
    path.write_bytes(content)
    assert stoppress(str(path)) == 2
    assert capsys.readouterr().err.startswith("stoppress import: ")
    assert not LiveBlog.objects.exists()


def test_dry_run_prints_the_report_and_writes_nothing(capsys):
    assert stoppress(str(SAMPLE), "--dry-run", "--report", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == [
        "format",
        "slug",
        "headline",
        "standfirst",
        "posts",
        "set_aside",
        "warnings",
        "lost",
        "layout",
    ]
    assert report["lost"] == 0 and len(report["set_aside"]) == 2
    assert set(report["posts"][0]) == {"headline", "bylines", "published_at", "paragraphs", "labels"}
    assert not LiveBlog.objects.exists()


UNDATED = "Flood at Orrin\n\n00:20\n\nThe dam holds.\n\n23:40\n\nThe road is shut.\n"


@pytest.fixture
def undated(tmp_path: Path) -> str:
    path = tmp_path / "undated.txt"
    path.write_text(UNDATED, encoding="utf-8")
    return str(path)


def test_import_dates_and_signs_the_posts_when_day_and_author_are_given(undated, capsys):
    assert stoppress(undated, "--date", "2011-08-16", "--author", "Mara Lind") == 0
    blog = LiveBlog.objects.get()
    posts = build_post_views(blog, posts_in_order(blog))
    assert [f"{post.published_at:%Y-%m-%d}" for post in posts] == ["2011-08-15", "2011-08-15"]
    assert [post.content.bylines for post in posts] == [("Mara Lind",), ("Mara Lind",)]
    assert "read as: time above the post, 2 times" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [("--date", "16.8.2011"), ("--date", "2011-02-30"), ("--author", "x" * 151)])
def test_import_refuses_an_option_that_cannot_be_used(undated, capsys, arguments):
    assert stoppress(undated, *arguments) == 2
    assert f"{arguments[0]} must" in capsys.readouterr().err and not LiveBlog.objects.exists()


def test_import_refuses_a_file_above_the_size_limit(tmp_path, capsys):
    path = tmp_path / "large.txt"
    path.write_bytes(b"x" * (10 * 2**20 + 1))
    assert stoppress(str(path)) == 2
    assert "must have at most 10 MB" in capsys.readouterr().err


def test_import_names_the_guessed_encoding(tmp_path, capsys):
    path = tmp_path / "koi8.txt"
    path.write_bytes(
        "Река\n\n20:45\n\nПлотина держится, сказала мэр города.\n\n20:05\n\nДорога закрыта.\n".encode("koi8_r")
    )
    assert stoppress(str(path), "--dry-run") == 0
    assert "warning: The file is not UTF-8. It was read as KOI8-R" in capsys.readouterr().out


def test_import_reports_progress_for_each_post():
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    calls: list[tuple[int, int]] = []
    page = parse_page(UNDATED, zone=ZoneInfo("UTC"), now=datetime(2027, 1, 1, tzinfo=UTC))
    options = ImportOptions(zone="UTC")
    import_page(page, options, now=datetime(2027, 1, 1, tzinfo=UTC), progress=lambda *counts: calls.append(counts))
    assert calls == [(1, 2), (2, 2)]
