"""Read a live page from plain text.

    text ──► lines ──► sorting (chrome, times, layout, top, bylines) ──► moments ──► Page
             numbered   every line to one place                           days, zones

Pure: the same text, zone and now give an equal Page. The only error is ImportRefused.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from stoppress.importing.errors import EmptyPageError, NotPlainTextError
from stoppress.importing.parsed_page import ParsedPage, ParsedPost, SetAsideLine
from stoppress.importing.plain_text.heading_detection import (
    continues_paragraph,
    is_numbered,
    parse_label_line,
    looks_like_sentence,
    split_label,
    strip_bullet,
    strip_number,
)
from stoppress.importing.plain_text.headline_proposal import make_slug, propose_headline
from stoppress.importing.plain_text.line_classifier import ClassifiedPage, classify_lines
from stoppress.importing.plain_text.post_lines import PostLines
from stoppress.importing.plain_text.text_lines import Line, split_lines
from stoppress.importing.plain_text.times.date_inference import LineTimestamp, resolve_timestamps
from stoppress.importing.plain_text.times.dates import WrittenDay, find_full_day
from stoppress.importing.plain_text.times.time_zones import parse_page_zone

_MARKUP = ("<!doctype", "<html", "<?xml", "<rss", "<feed")


def parse_page(text: str, *, zone: ZoneInfo, now: datetime, title: str | None = None, slug: str | None = None) -> ParsedPage:
    """Return the live page that `text` holds, with every non-blank line accounted for.

    Arguments: `zone`, in which its times are told unless they say otherwise; `now` (aware), by which a missing date is
    inferred; `title` and `slug`, used in place of the page's own. Raises ImportRefused: NotText, EmptyPage or
    NothingSeparatesPosts.
    """
    lines = split_lines(text)
    _refuse_what_is_no_page(lines)
    found = classify_lines(lines)
    _override_headline(found, title)
    posts, doubts = _read_posts(found, zone, now)
    headline, given = _headline(found, posts, title)
    warnings = [*([] if given else [_proposed(headline)]), *found.warnings, *doubts, *_digits_in_names(posts)]
    return ParsedPage(
        format="text",
        slug=slug or make_slug(headline) or f"live-{posts[0].published_at:%Y-%m-%d}",
        headline=headline,
        headline_given=given,
        standfirst=tuple(strip_bullet(p) for p in _paragraphs(found.standfirst)),
        posts=posts,
        set_aside=tuple(SetAsideLine(line.number, line.text, reason) for line, reason in found.set_aside),
        warnings=tuple(warnings),
        lost=len(set(map(id, lines)) - set(map(id, found.placed_lines()))),
    )


def _digits_in_names(posts: Sequence[ParsedPost]) -> list[str]:
    """Where a name is glued to a day, a digit at its end may belong to either: `Radio 4` or an impossible 32nd."""
    names = dict.fromkeys(name for post in posts for name in post.bylines if name[-1:].isdigit())
    return [f"The byline “{name}” ends in a digit: check it and its date." for name in names]


def _refuse_what_is_no_page(lines: Sequence[Line]) -> None:
    if not lines:
        raise EmptyPageError("The page is empty: it holds no text.")
    if lines[0].text.lower().startswith(_MARKUP):
        raise NotPlainTextError("This is HTML or XML, not plain text: choose another format, or copy the page's text.")


def _override_headline(found: ClassifiedPage, title: str | None) -> None:
    if title and found.headline and found.headline.text != title:
        found.set_aside.append((found.headline, "headline of the page: another was given"))
        found.set_aside.sort(key=lambda aside: aside[0].number)
        found.headline = None


def _headline(found: ClassifiedPage, posts: Sequence[ParsedPost], title: str | None) -> tuple[str, bool]:
    """Return the headline and whether it was given, by the caller or by the page."""
    if title:
        return title, True
    if found.headline:
        return found.headline.text, True
    sources = [*(line.text for line in found.standfirst), posts[0].headline, *posts[0].paragraphs]
    proposed = next(filter(None, map(propose_headline, sources)), "")
    return proposed or f"Live coverage, {posts[0].published_at:%d %B %Y}", False


def _proposed(headline: str) -> str:
    return f"The page gives no headline; this one is proposed from its introduction: “{headline}”"


def _read_posts(found: ClassifiedPage, zone: ZoneInfo, now: datetime) -> tuple[tuple[ParsedPost, ...], list[str]]:
    written = [LineTimestamp(post.marks[0].number, post.mark.separator.timestamp) for post in found.posts]
    moments, doubts = resolve_timestamps(written, zone=zone, now=now, page_day=_page_day(found), stated=_stated_zone(found, zone))
    numbered = _are_numbered(found.posts)
    posts = tuple(_post(post, at, numbered) for post, at in zip(found.posts, moments, strict=True))
    return posts, [*doubts, *_left_out(found.posts), *_without_heading(found.posts, posts)]


def _page_day(found: ClassifiedPage) -> WrittenDay | None:
    """Return the day that stands above the posts, in the page's own time or in its headline."""
    for mark in found.page_marks:
        if mark.separator.timestamp.day and mark.separator.timestamp.day.year:
            return mark.separator.timestamp.day
    first = found.posts[0].marks[0].number
    above = [line.text for line, _ in found.set_aside if line.number < first]
    lines = [*([found.headline.text] if found.headline else []), *above]
    return next((day for text in lines if len(text) <= 300 and (day := find_full_day(text))), None)


def _stated_zone(found: ClassifiedPage, zone: ZoneInfo) -> ZoneInfo | None:
    return next((stated for line, _ in found.set_aside if (stated := parse_page_zone(line.text, zone))), None)


def _post(post: PostLines, at: datetime, numbered: bool) -> ParsedPost:
    rest = post.mark.separator.rest if post.mark.byline is None else ""
    heading, paragraphs = (post.heading.text if post.heading else ""), _paragraphs(post.paragraphs, rest)
    if rest and not looks_like_sentence(rest) and len(paragraphs) > 1 and paragraphs[0] == rest:
        heading, paragraphs = rest, paragraphs[1:]
    label, heading = split_label(strip_number(heading) if numbered else heading)
    labels = [label, post.mark.separator.label, *(parse_label_line(line.text) for line in post.label_lines)]
    return ParsedPost(
        headline=heading,
        bylines=post.mark.byline.names if post.mark.byline else (),
        published_at=at,
        paragraphs=paragraphs,
        labels=tuple(dict.fromkeys(label for label in labels if label)),
    )


def _paragraphs(lines: Sequence[Line], before: str = "") -> tuple[str, ...]:
    """Return the text of lines, those joined that the page broke off in the middle of a sentence."""
    paragraphs: list[list[str]] = [[before]] if before else []
    for line in lines:
        if paragraphs and not line.gap and continues_paragraph(paragraphs[-1][-1], line.text):
            paragraphs[-1].append(line.text)
        else:
            paragraphs.append([line.text])
    return tuple(" ".join(parts) for parts in paragraphs)


def _are_numbered(posts: Sequence[PostLines]) -> bool:
    """Tell whether the posts stand in a numbered list, so that the numbers are not part of their headings."""
    headings = [post.heading.text for post in posts if post.heading]
    return len(headings) > 1 and all(map(is_numbered, headings))


def _left_out(posts: Sequence[PostLines]) -> list[str]:
    said = [part for post in posts if post.mark.byline for part in post.mark.byline.left_out]
    parts = ", ".join(f"“{part}”" for part in dict.fromkeys(said))
    return [f"Bylines are kept as names; what else they say is not: {parts}."] if said else []


def _without_heading(lines: Sequence[PostLines], posts: Sequence[ParsedPost]) -> list[str]:
    """Warn of posts without a heading on a page where most have one."""
    bare = [str(line.marks[0].number) for line, post in zip(lines, posts, strict=True) if not post.headline]
    if not bare or len(bare) * 2 > len(posts):
        return []
    return [f"A post has no heading, as the posts around it do (its time is on line {', '.join(bare[:8])})."]
