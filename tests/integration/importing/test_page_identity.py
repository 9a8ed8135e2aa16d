"""A page is merged only into the live blog that a copy of it created; a dry run finds the same as the import."""

from pathlib import Path

import pytest

from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.service.cli.main import main

pytestmark = pytest.mark.django_db

FLOOD = """Flood at Orrin – live

What we know so far
The lower bridge is under water and the school is closed.
Mara Lind5 March 2024 18:00
Bridge closed
The council closed the lower bridge at noon.
Mara Lind5 March 2024 12:05
"""
FIRE = """Mill fire in Tarve – live

What we know so far
A mill burns by the canal and families have left their homes.
Otto Hale9 May 2024 10:00
Road closed
The canal road is shut to traffic.
Otto Hale9 May 2024 09:30
"""
FIRST_DAY = """Harbour vote – live

Closing summary
That was day one of the vote.
Mara Lind1 June 2024 20:00
Queues at the town hall
Some voters waited for an hour.
Mara Lind1 June 2024 11:00
Good morning
Welcome to day one of the vote.
Mara Lind1 June 2024 07:00
"""
SECOND_DAY = """Harbour vote, second day – live

Closing summary
That was day two of the vote.
Mara Lind2 June 2024 20:00
The count has begun
Boxes from the islands came by boat.
Mara Lind2 June 2024 11:00
Good morning
Welcome to day two of the vote.
Mara Lind2 June 2024 07:00
"""
UNDATED = "Flood at Orrin\n\n18:00\n\nThe lower bridge is under water.\n\n12:05\n\nThe school has closed for today.\n"


@pytest.fixture
def stoppress(tmp_path: Path):
    def run(text: str, *arguments: str) -> int:
        path = tmp_path / "page.txt"
        path.write_text(text, encoding="utf-8")
        return main(["import", str(path), "--zone", "Europe/London", *arguments])

    return run


def counts() -> tuple[int, int, int]:
    return LiveBlog.objects.count(), Post.objects.count(), Change.objects.count()


@pytest.mark.parametrize("slug", [(), ("--slug", "other-story")])
@pytest.mark.parametrize(("first", "second"), [(FLOOD, FIRE), (FIRST_DAY, SECOND_DAY)])
def test_import_opens_a_second_live_blog_when_only_headings_are_the_same(stoppress, first, second, slug):
    assert stoppress(first, "--state", "live") == 0
    before = Post.objects.count()
    assert stoppress(second, "--state", "live", *slug) == 0
    assert LiveBlog.objects.count() == 2 and Post.objects.filter(blog__headline=second.split("\n")[0]).count() >= 2
    assert Post.objects.count() > before


def test_import_opens_a_second_live_blog_when_only_a_closing_line_is_the_same(stoppress):
    closing = "Goodbye\nThank you for reading.\nMara Lind{} 22:00\n"
    stoppress("Flood at Orrin\n\n" + closing.format("5 March 2024") + FLOOD.split("\n\n")[1])
    stoppress("Mill fire in Tarve\n\n" + closing.format("5 March 2024") + FIRE.split("\n\n")[1])
    assert LiveBlog.objects.count() == 2 and Post.objects.count() == 6


def test_import_refuses_another_slug_when_the_page_is_in_part_in_a_live_blog(stoppress, capsys):
    stoppress(FLOOD)
    longer = FLOOD.replace(
        "What we know", "Boats arrive\nTwo boats came up the river.\nMara Lind5 March 2024 18:30\nWhat we know"
    )
    before = counts()
    assert stoppress(longer, "--slug", "orrin-river") == 2
    error = capsys.readouterr().err
    assert "2 of its 3 posts are already in /live/flood-at-orrin-live" in error and counts() == before
    assert stoppress(longer, "--slug", "orrin-river", "--separate") == 0
    assert Post.objects.filter(blog__slug="orrin-river").count() == 3


def test_import_recognises_a_page_when_its_text_was_edited(stoppress, capsys):
    stoppress(FLOOD)
    capsys.readouterr()
    assert (
        stoppress(FLOOD.replace("is closed.", "is closed until Monday.").replace("at noon", "shortly after noon")) == 0
    )
    assert "Nothing new" in capsys.readouterr().out and LiveBlog.objects.count() == 1


def test_import_recognises_an_undated_page_when_it_is_imported_on_another_day(stoppress, capsys, monkeypatch):
    from datetime import UTC, datetime

    from stoppress.service.cli.commands import import_

    monkeypatch.setattr(import_, "utc_now", lambda: datetime(2027, 2, 1, 21, 0, tzinfo=UTC))
    stoppress(UNDATED)
    monkeypatch.setattr(import_, "utc_now", lambda: datetime(2027, 2, 9, 8, 0, tzinfo=UTC))
    capsys.readouterr()
    assert stoppress(UNDATED) == 0
    assert "Nothing new" in capsys.readouterr().out and LiveBlog.objects.count() == 1


def test_time_without_text_is_set_aside_and_the_rest_imported(stoppress, capsys):
    page = "Flood at Orrin\n\n18:00\n\nThe bridge is closed.\n\n17:30\n\n17:00\n\nThe school is closed.\n"
    assert stoppress(page, "--dry-run") == 0
    preview = capsys.readouterr().out
    assert stoppress(page) == 0
    done = capsys.readouterr().out
    for output in (preview, done):
        assert "set aside, line 7: 17:30 (a post whose picture or video the text does not hold)" in output
        assert "warning: A time without text is set aside" in output
    assert Post.objects.count() == 2


TOO_LONG = "Flood at Orrin\n\n18:00\n\n" + "The bridge is closed. " * 10_000 + "\n\n17:00\n\nThe school is closed.\n"
TOO_LONG_HEADLINE = "Flood at Orrin " * 30 + "\n\n18:00\n\nThe bridge is closed.\n\n17:00\n\nThe school is closed.\n"


@pytest.mark.parametrize("page", [TOO_LONG, TOO_LONG_HEADLINE, FLOOD, UNDATED])
@pytest.mark.parametrize("arguments", [(), ("--slug", "taken"), ("--slug", "other")])
def test_dry_run_ends_like_the_import_and_changes_nothing(stoppress, capsys, page, arguments):
    stoppress(FIRE, "--slug", "taken")
    stoppress(FLOOD.split("Bridge closed")[0] + "Ferry stops\nThe ferry stays in port.\nMara Lind5 March 2024 11:00\n")
    before = counts()
    capsys.readouterr()
    preview = stoppress(page, *arguments, "--dry-run")
    previewed = capsys.readouterr()
    assert counts() == before
    assert stoppress(page, *arguments) == preview
    done = capsys.readouterr()
    assert (
        previewed.err == done.err
        and previewed.out.replace("This was a dry run: nothing was changed.\n", "") == done.out
    )


def test_refusal_of_a_post_that_is_too_long_names_its_line(stoppress, capsys):
    assert stoppress(TOO_LONG, "--dry-run") == 2
    assert "the post with its time on line 3: A post has at most 200,000 characters." in capsys.readouterr().err
