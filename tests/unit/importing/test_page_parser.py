"""An invented page in the format of a real one: bylines with adjoining dates end the posts; headings are unmarked."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stoppress.importing.errors import EmptyPageError, ImportRefusedError, NoPostTimesError, NotPlainTextError
from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import parse_page

DATA = Path(__file__).parents[2] / "data"
LONDON = ZoneInfo("Europe/London")
NOW = datetime(2024, 11, 2, 9, 0, tzinfo=UTC)


def parse(text: str, **given: str) -> ParsedPage:
    return parse_page(text, zone=LONDON, now=NOW, **given)


@pytest.fixture
def text() -> str:
    return (DATA / "live-page-trailing-byline.txt").read_text(encoding="utf-8")


def test_parse_page_returns_every_post_in_page_order(text: str) -> None:
    page = parse(text)
    assert [f"{post.published_at:%H:%M}" for post in page.posts] == [
        *("21:10", "20:00", "19:30", "18:40", "17:55", "17:20", "16:45", "16:05", "15:25", "14:40")
    ]
    assert [post.bylines[0] for post in page.posts].count("Lena Voss") == 3
    assert [len(post.paragraphs) for post in page.posts] == [3, 3, 2, 4, 3, 4, 3, 3, 2, 5]
    assert page.lost == 0


def test_parse_page_separates_the_introduction_from_the_first_post(text: str) -> None:
    page = parse(text)
    assert len(page.standfirst) == 5
    assert page.standfirst[0].startswith("Storm Maren broke over Port Halden")
    assert page.posts[0].headline == "Why the eastern gate matters more than the western one"


def test_parse_page_sets_promotion_aside_with_line_and_reason(text: str) -> None:
    page = parse(text)
    assert [(aside.line, aside.reason) for aside in page.set_aside] == [
        (1, "promotion: sign-up for e-mails or alerts"),
        (2, "promotion: sign-up for e-mails or alerts"),
    ]


def test_heading_may_end_with_a_question_or_quotation_mark(text: str) -> None:
    headings = [post.headline for post in parse(text).posts]
    assert "Will the ferries sail on Saturday?" in headings
    assert "Kettering Sound ‘ready to lend another nine pumps’" in headings
    assert all(headings)


def test_quotation_over_several_paragraphs_stays_whole(text: str) -> None:
    quoted = parse(text).posts[5].paragraphs
    assert quoted[2] == "“What they do not know yet is whether anything was taken at all.”"


def test_parse_page_proposes_a_headline_with_a_warning(text: str) -> None:
    page = parse(text)
    assert not page.headline_given
    assert (
        page.headline == "Storm Maren broke over Port Halden before dawn on Friday and put a third of the old town …"
        or (page.headline.startswith("Storm Maren broke over Port Halden before dawn") and len(page.headline) <= 100)
    )
    assert page.slug.startswith("storm-maren-broke-over-port-halden")
    assert len(page.warnings) == 1 and "no headline" in page.warnings[0]


def test_given_title_and_slug_override_those_of_the_page(text: str) -> None:
    page = parse(text, title="Storm Maren: the first day", slug="maren")
    assert (page.headline, page.headline_given, page.slug, page.warnings) == (
        "Storm Maren: the first day",
        True,
        "maren",
        (),
    )


def test_report_has_the_documented_keys_and_json_values(text: str) -> None:
    report = parse(text).report()
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
    posts = report["posts"]
    assert isinstance(posts, list)
    assert list(posts[0]) == ["headline", "bylines", "published_at", "paragraphs", "labels"]
    assert posts[0]["published_at"] == "2024-11-01T21:10:00+00:00"
    assert report["format"] == "text"


def test_headline_above_the_introduction_is_used(text: str) -> None:
    lines = text.splitlines()
    page = parse("\n".join([*lines[:2], "Storm Maren – live: Port Halden under water", *lines[2:]]))
    assert (page.headline, page.headline_given) == ("Storm Maren – live: Port Halden under water", True)
    assert (len(page.standfirst), len(page.posts), page.warnings) == (5, 10, ())


def test_headline_is_set_aside_when_a_title_replaces_it(text: str) -> None:
    page = parse("Storm Maren – live: Port Halden under water\n" + text, title="Another one")
    assert page.set_aside[0].text == "Storm Maren – live: Port Halden under water"
    assert (page.headline, page.lost) == ("Another one", 0)


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n\n", " \n", "\n\u00a0\n", "\n\u200b\n", "\n\f", "\u2028"])
def test_newlines_and_invisible_characters_make_no_difference(text: str, newline: str) -> None:
    plain = parse(text)
    changed = parse("\ufeff" + text.replace("\n", newline))
    assert changed.posts == plain.posts
    assert changed.standfirst == plain.standfirst


def test_no_break_spaces_are_treated_as_spaces(text: str) -> None:
    assert parse(text.replace(" ", "\u00a0")) == parse(text)


@pytest.mark.parametrize("nothing", ["", "\n\n", " \t\r\n\u200b\ufeff\u00a0", "\x00\x01"])
def test_parse_page_refuses_an_empty_page(nothing: str) -> None:
    with pytest.raises(EmptyPageError, match="empty"):
        parse(nothing)


def test_parse_page_refuses_a_page_without_times() -> None:
    with pytest.raises(NoPostTimesError, match="separates the posts"):
        parse((DATA / "live-page-no-times.txt").read_text(encoding="utf-8"))


def test_parse_page_refuses_html() -> None:
    with pytest.raises(NotPlainTextError, match="HTML"):
        parse("<!DOCTYPE html>\n<p>Ines Okafor1 November 2024 20:00")


def test_all_errors_share_one_base_class() -> None:
    assert all(issubclass(kind, ImportRefusedError) for kind in (EmptyPageError, NotPlainTextError, NoPostTimesError))


def test_text_below_the_last_byline_is_set_aside_with_a_warning(text: str) -> None:
    page = parse(text + "A heading cut off from its post\nIts first paragraph stands here. And then\n")
    assert [aside.line for aside in page.set_aside] == [1, 2, 60, 61]
    assert any("from line 60 on" in warning for warning in page.warnings)
    assert (len(page.posts), page.lost) == (10, 0)


def test_first_post_without_a_heading_is_kept_with_a_warning(text: str) -> None:
    page = parse(text.replace("Why the eastern gate matters more than the western one\n", ""))
    assert (len(page.posts), page.posts[0].headline, page.lost) == (10, "", 0)
    assert any("first post has no heading" in warning for warning in page.warnings)


def test_short_line_in_the_introduction_is_no_heading(text: str) -> None:
    page = parse(text.replace("The remark came", "Live pictures\nThe remark came"))
    assert page.posts[0].headline == "Why the eastern gate matters more than the western one"
    assert page.standfirst[2] == "Live pictures"


def test_first_heading_belongs_to_the_post_when_there_is_no_introduction(text: str) -> None:
    page = parse(text[text.index("Why the eastern") :])
    assert (page.standfirst, page.posts[0].headline[:15], len(page.posts)) == ((), "Why the eastern", 10)
    assert page.headline == "Why the eastern gate matters more than the western one"


def test_subheading_within_a_post_stays_a_paragraph(text: str) -> None:
    page = parse(text.replace("That may be too gloomy", "The hinges\nThat may be too gloomy"))
    assert page.posts[0].paragraphs[1] == "The hinges"


def test_parse_page_warns_when_one_post_has_no_heading(text: str) -> None:
    page = parse(text.replace("Looters reported in two streets, police say\n", ""))
    assert (page.posts[5].headline, len(page.posts[5].paragraphs)) == ("", 4)
    assert any("has no heading" in warning for warning in page.warnings)


def test_byline_and_time_of_the_page_are_set_aside(text: str) -> None:
    body = text[text.index("Storm Maren broke") :]
    page = parse(
        f"Storm Maren – live: Port Halden under water\nInes Okafor, Tom Reyer\nFriday 01 November 2024 21:15\n{body}"
    )
    assert (len(page.posts), len(page.standfirst), page.headline_given) == (10, 5, True)
    assert [aside.reason for aside in page.set_aside] == ["byline and time of the whole page"] * 2
