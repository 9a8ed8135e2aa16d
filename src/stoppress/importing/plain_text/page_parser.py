"""Parse a live page from plain text.

    text ──► lines ──► classification (boilerplate, times, layout, page head, bylines) ──► times ──► ParsedPage
             numbered   every line gets one role                                            days, zones

Pure: the same text, zone and `now` give an equal ParsedPage. The only error is ImportRefusedError.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from stoppress.importing.errors import EmptyPageError, NoPostTimesError
from stoppress.importing.parsed_page import PageLayout, ParsedPage, ParsedPost, SetAsideLine
from stoppress.importing.plain_text.file_formats import refuse_other_format
from stoppress.importing.plain_text.heading_detection import (
    continues_paragraph,
    is_numbered,
    looks_like_sentence,
    parse_label_line,
    split_label,
    strip_bullet,
    strip_number,
)
from stoppress.importing.plain_text.headline_proposal import make_slug, propose_headline
from stoppress.importing.plain_text.layout.time_marks import Shape
from stoppress.importing.plain_text.line_classifier import ClassifiedPage, classify_lines
from stoppress.importing.plain_text.post_lines import PostLines
from stoppress.importing.plain_text.text_lines import Line, split_lines
from stoppress.importing.plain_text.times.date_inference import LineTimestamp, PageDay, resolve_timestamps
from stoppress.importing.plain_text.times.dates import WrittenDay, find_full_day
from stoppress.importing.plain_text.times.time_zones import parse_page_zone

EMPTY_POST_REASON = "a post whose picture or video the text does not hold"
_DATE_NOT_USED = "The page names its days, so the day that was given is not used."


def parse_page(
    text: str,
    *,
    zone: ZoneInfo,
    now: datetime,
    title: str | None = None,
    slug: str | None = None,
    day: date | None = None,
    author: str = "",
) -> ParsedPage:
    """Parse the live page in `text`; every non-blank line is accounted for.

    Args:
        text: The decoded page.
        zone: Time zone of times that name no other.
        now: Aware time from which missing dates are inferred.
        title: Headline to use in place of the page's own.
        slug: Slug to use in place of one made from the headline.
        day: Day of the post at the top, for a page that names no day.
        author: Byline of posts that have none.

    Raises:
        NotPlainTextError: if the text is in another format, such as HTML.
        EmptyPageError: if it contains no visible character.
        NoPostTimesError: if it contains no times of posts.
    """
    lines = split_lines(text)
    if not lines:
        raise EmptyPageError("The page is empty: it contains no text.")
    refuse_other_format(text)
    classified = classify_lines(lines)
    _override_headline(classified, title)
    posts, time_warnings = _build_posts(classified, zone, now, day)
    if author:
        posts = tuple(post if post.bylines else replace(post, bylines=(author,)) for post in posts)
    headline, is_given = _choose_headline(classified, posts, title)
    warnings = [
        *([] if is_given else [_warn_of_proposed_headline(headline)]),
        *classified.warnings,
        *time_warnings,
        *_warn_of_digits_in_names(posts),
    ]
    return ParsedPage(
        format="text",
        slug=slug or make_slug(headline) or f"live-{posts[0].published_at:%Y-%m-%d}",
        headline=headline,
        headline_given=is_given,
        standfirst=tuple(strip_bullet(p) for p in _paragraphs(classified.standfirst)),
        posts=posts,
        set_aside=tuple(SetAsideLine(line.number, line.text, reason) for line, reason in classified.set_aside),
        warnings=tuple(warnings),
        layout=tuple(PageLayout(layout.describe(), layout.score) for layout in classified.layouts[:2]),
        lost=len(set(map(id, lines)) - set(map(id, classified.placed_lines()))),
    )


def _warn_of_digits_in_names(posts: Sequence[ParsedPost]) -> list[str]:
    """Warn of names that end in a digit: it may belong to the adjoining day (`Radio 4`, or an impossible 32nd)."""
    names = dict.fromkeys(name for post in posts for name in post.bylines if name[-1:].isdigit())
    return [f"The byline “{name}” ends in a digit: check it and its date." for name in names]


def _override_headline(classified: ClassifiedPage, title: str | None) -> None:
    if title and classified.headline and classified.headline.text != title:
        classified.set_aside.append((classified.headline, "headline of the page: another was given"))
        classified.set_aside.sort(key=lambda aside: aside[0].number)
        classified.headline = None


def _choose_headline(classified: ClassifiedPage, posts: Sequence[ParsedPost], title: str | None) -> tuple[str, bool]:
    """Return the headline, and whether the caller or the page gave it."""
    if title:
        return title, True
    if classified.headline:
        return classified.headline.text, True
    sources = [*(line.text for line in classified.standfirst), posts[0].headline, *posts[0].paragraphs]
    proposed = next(filter(None, map(propose_headline, sources)), "")
    return proposed or f"Live coverage, {posts[0].published_at:%d %B %Y}", False


def _warn_of_proposed_headline(headline: str) -> str:
    return f"The page gives no headline; this one is proposed from its introduction: “{headline}”"


def _build_posts(
    classified: ClassifiedPage, zone: ZoneInfo, now: datetime, day: date | None
) -> tuple[tuple[ParsedPost, ...], list[str]]:
    timestamps = [LineTimestamp(post.marks[0].number, post.mark.mark.timestamp) for post in classified.posts]
    page_day = _page_day(classified, day)
    times, time_warnings = resolve_timestamps(
        timestamps, zone=zone, now=now, page_day=page_day, stated=_stated_zone(classified, zone)
    )
    names_day = any(stamp.timestamp.day or stamp.timestamp.instant for stamp in timestamps)
    undated = page_day is None and not names_day
    numbered = _are_numbered(classified.posts)
    posts = tuple(_build_post(post, at, numbered, undated) for post, at in zip(classified.posts, times, strict=True))
    empty_warnings = _set_empty_posts_aside(classified, posts)
    posts = tuple(post for post in posts if _has_text(post))
    return posts, [
        *(_warn_of_assumed_days(len(posts)) if undated else []),
        *([_DATE_NOT_USED] if day and names_day else []),
        *time_warnings,
        *empty_warnings,
        *_warn_of_left_out_parts(classified.posts),
        *_warn_of_missing_headings(classified.posts, posts),
    ]


def _warn_of_assumed_days(count: int) -> list[str]:
    subject = "1 post is" if count == 1 else f"{count} posts are"
    return [f"{subject} dated by assumption, from today, because the page names no day: give it with --date."]


def _has_text(post: ParsedPost) -> bool:
    return bool(post.headline or post.paragraphs)


def _set_empty_posts_aside(classified: ClassifiedPage, posts: Sequence[ParsedPost]) -> list[str]:
    """Set aside the times of posts without text, and return a warning of them.

    Raises:
        NoPostTimesError: if no post has text.
    """
    empty = [lines for lines, post in zip(classified.posts, posts, strict=True) if not _has_text(post)]
    if len(empty) == len(posts):
        raise NoPostTimesError("No post of this page has text: there is nothing below or above the times.")
    is_empty = set(map(id, empty))
    classified.posts = [lines for lines in classified.posts if id(lines) not in is_empty]
    classified.set_aside += [(line, EMPTY_POST_REASON) for lines in empty for line in lines.lines()]
    classified.set_aside.sort(key=lambda aside: aside[0].number)
    numbers = ", ".join(str(lines.marks[0].number) for lines in empty[:8])
    return (
        [f"A time without text is set aside, with any picture or video of its post (line {numbers})."] if empty else []
    )


def _page_day(classified: ClassifiedPage, given: date | None) -> PageDay | None:
    """Return the day of the page: given, from its own time, its headline or another line above the posts."""
    if given:
        return PageDay(WrittenDay(given.month, given.day, given.year), is_given=True)
    for mark in classified.page_marks:
        if mark.mark.timestamp.day and mark.mark.timestamp.day.year:
            return PageDay(mark.mark.timestamp.day)
    if classified.headline and (day := find_full_day(classified.headline.text[:300])):
        return PageDay(day, of_event=True)
    first = classified.posts[0].marks[0].number
    above = [line.text for line, _ in classified.set_aside if line.number < first and len(line.text) <= 300]
    return next((PageDay(day) for text in above if (day := find_full_day(text))), None)


def _stated_zone(classified: ClassifiedPage, zone: ZoneInfo) -> ZoneInfo | None:
    return next((stated for line, _ in classified.set_aside if (stated := parse_page_zone(line.text, zone))), None)


def _build_post(post: PostLines, at: datetime, numbered: bool, undated: bool) -> ParsedPost:
    mark = post.mark.mark
    rest = mark.rest if mark.is_inline else ""
    if mark.shape is Shape.TITLED:
        heading, paragraphs = rest, _paragraphs(post.paragraphs)
    else:
        heading, paragraphs = (post.heading.text if post.heading else ""), _paragraphs(post.paragraphs, rest)
    if rest and not heading and not looks_like_sentence(rest) and len(paragraphs) > 1 and paragraphs[0] == rest:
        heading, paragraphs = rest, paragraphs[1:]
    label, heading = split_label(strip_number(heading) if numbered else heading)
    labels = [label, post.mark.mark.label, *(parse_label_line(line.text) for line in post.label_lines)]
    return ParsedPost(
        headline=heading,
        bylines=post.mark.byline.names if post.mark.byline else (),
        published_at=at,
        paragraphs=paragraphs,
        labels=tuple(dict.fromkeys(label for label in labels if label)),
        day_assumed=undated,
        line=post.marks[0].number,
    )


def _paragraphs(lines: Sequence[Line], before: str = "") -> tuple[str, ...]:
    """Return the paragraphs of lines; lines that break in the middle of a sentence are joined."""
    paragraphs: list[list[str]] = [[before]] if before else []
    for line in lines:
        if paragraphs and not line.gap and continues_paragraph(paragraphs[-1][-1], line.text):
            paragraphs[-1].append(line.text)
        else:
            paragraphs.append([line.text])
    return tuple(" ".join(parts) for parts in paragraphs)


def _are_numbered(posts: Sequence[PostLines]) -> bool:
    """Return True if the posts are a numbered list, so that the numbers are not part of the headings."""
    headings = [post.heading.text for post in posts if post.heading]
    return len(headings) > 1 and all(map(is_numbered, headings))


def _warn_of_left_out_parts(posts: Sequence[PostLines]) -> list[str]:
    left_out = [part for post in posts if post.mark.byline for part in post.mark.byline.left_out]
    parts = ", ".join(f"“{part}”" for part in dict.fromkeys(left_out))
    return [f"Only the names of bylines are imported. Left out: {parts}."] if left_out else []


def _warn_of_missing_headings(lines: Sequence[PostLines], posts: Sequence[ParsedPost]) -> list[str]:
    """Warn of posts without a heading on a page where most have one."""
    numbers = [str(line.marks[0].number) for line, post in zip(lines, posts, strict=True) if not post.headline]
    if not numbers or len(numbers) * 2 > len(posts):
        return []
    return [f"A post has no heading, as the posts around it do (its time is on line {', '.join(numbers[:8])})."]
