"""Assign every line of a page a role: headline, standfirst, heading, time or paragraph of a post, or set aside.

    lines ──► set notes and boilerplate aside ──► find times (layout) ──► split into blocks ──► posts and page head

Text is not changed here. Whole `Line`s are moved, and `placed_lines` lists all of them. So tests can check that no line
is lost or used twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stoppress.importing.errors import NoPostTimesError
from stoppress.importing.plain_text.boilerplate import count_file_notes, reason_to_set_aside
from stoppress.importing.plain_text.bylines.byline_lines import move_bylines
from stoppress.importing.plain_text.bylines.byline_names import begins_with_by, parse_byline
from stoppress.importing.plain_text.bylines.time_bylines import PostMark
from stoppress.importing.plain_text.heading_detection import looks_like_heading, looks_like_sentence, parse_label_line
from stoppress.importing.plain_text.layout.day_lines import (
    DATE_OF_PAGE,
    DATE_OF_POSTS,
    add_days,
    date_first_post,
    find_day_lines,
    is_page_day,
)
from stoppress.importing.plain_text.layout.invalid_times import warn_of_invalid_times
from stoppress.importing.plain_text.layout.layout_search import Layout, TimePosition, rank_layouts
from stoppress.importing.plain_text.layout.second_marks import SECOND_TIME_REASON, find_second_marks
from stoppress.importing.plain_text.layout.time_marks import Mark, Shape, find_mark
from stoppress.importing.plain_text.page_head import PageHead, split_head_and_first_post, split_page_head
from stoppress.importing.plain_text.post_lines import PostLines
from stoppress.importing.plain_text.text_lines import Line

_NO_TIMES_MESSAGE = (
    "Nothing separates the posts of this page: no line contains the publication time of a post. "
    "The text was probably copied without its times; copy the page again with them, or add a time above each post."
)
_PAGE_BYLINE_REASON = "byline of the whole page"
_PAGE_TIME_REASON = "byline and time of the whole page"
_TRUNCATED_REASON = "no byline or time follows: the page ends before this post does"


@dataclass(slots=True)
class ClassifiedPage:
    """All lines of a page by their role."""

    headline: Line | None = None
    standfirst: list[Line] = field(default_factory=list)
    posts: list[PostLines] = field(default_factory=list)
    set_aside: list[tuple[Line, str]] = field(default_factory=list)
    page_marks: list[PostMark] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    layouts: list[Layout] = field(default_factory=list)
    first_post_line: Line | None = None

    def placed_lines(self) -> list[Line]:
        """Return every line that has a role, once for each role."""
        lines = [self.headline] if self.headline else []
        lines += self.standfirst
        for post in self.posts:
            lines += post.lines()
        return lines + [line for line, _ in self.set_aside]


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines between two times, with the label lines separated by place, which decides on their post."""

    lines: tuple[Line, ...]
    labels: tuple[Line, ...] = ()
    above_last_line: tuple[Line, ...] = ()
    at_end: tuple[Line, ...] = ()

    @property
    def all_labels(self) -> tuple[Line, ...]:
        return self.labels + self.above_last_line + self.at_end


def classify_lines(lines: Sequence[Line]) -> ClassifiedPage:
    """Assign every line its role.

    Raises:
        NoPostTimesError: if no time separates the posts.
    """
    page = ClassifiedPage()
    content = _set_boilerplate_aside(lines, page)
    marks = _find_marks(content, page)
    blocks = _split_into_blocks(content, marks)
    blocks[0] = replace(blocks[0], lines=_set_page_bylines_aside(blocks[0].lines, page))
    match page.layouts[0].position:
        case TimePosition.BELOW_POST:
            _build_posts_above_time(content, blocks, marks, page)
        case TimePosition.ABOVE_HEADING:
            _build_posts_below_time(content, blocks, marks, page)
        case TimePosition.BELOW_HEADING:
            _build_posts_around_time(content, blocks, marks, page)
    _set_contents_list_aside(page)
    _move_bylines(page)
    page.warnings += warn_of_invalid_times(_text_lines(page))
    page.set_aside.sort(key=lambda aside: aside[0].number)
    return page


def _move_bylines(page: ClassifiedPage) -> None:
    """Move bylines on separate lines from the text of posts to their marks."""
    page_bylines = [parse_byline(line.text) for line, reason in page.set_aside if reason == _PAGE_BYLINE_REASON]
    names = {name for byline in page_bylines if byline for name in byline.names}
    above = [*([page.headline] if page.headline else []), *page.standfirst]
    page.posts, roles = move_bylines(page.posts, above, names)
    page.set_aside += roles


def _text_lines(page: ClassifiedPage) -> list[Line]:
    """Return the lines that are kept as text, in the order of the page."""
    posts = [line for post in page.posts for line in (*([post.heading] if post.heading else []), *post.paragraphs)]
    return [*page.standfirst, *posts]


def _set_contents_list_aside(page: ClassifiedPage) -> None:
    """Set aside a list of key events above the posts: it repeats their times and headings, without text."""
    below = {post.heading.text for post in page.posts if post.heading and post.paragraphs}
    while page.posts and _is_list_entry(page.posts[0], below):
        entry = page.posts.pop(0)
        page.set_aside += [(line, "list of key events: the post itself is below") for line in entry.lines()]


def _is_list_entry(post: PostLines, headings_below: set[str]) -> bool:
    return post.heading is not None and not post.paragraphs and post.heading.text in headings_below


def _set_boilerplate_aside(lines: Sequence[Line], page: ClassifiedPage) -> list[Line]:
    notes = count_file_notes([line.text for line in lines[:40]])
    page.set_aside += [(line, "note about the file, above the page") for line in lines[:notes]]
    content = []
    for line in lines[notes:]:
        if reason := reason_to_set_aside(line.text):
            page.set_aside.append((line, reason))
        else:
            content.append(line)
    return content


def _find_marks(content: list[Line], page: ClassifiedPage) -> list[PostMark]:
    """Return the times that separate posts. Set other times on separate lines aside, and remove them from `content`."""
    candidates = [mark for i, line in enumerate(content) if (mark := find_mark(i, line))]
    days = find_day_lines(content, candidates)
    page.layouts = rank_layouts(add_days(candidates, days), content, set(days))
    if not page.layouts:
        raise NoPostTimesError(_NO_TIMES_MESSAGE)
    layout = page.layouts[0]
    second = find_second_marks(layout, candidates, content)
    marks, removed = second.marks, dict.fromkeys(second.used, SECOND_TIME_REASON)
    if is_page_day(days, marks[0].first):
        marks = date_first_post(marks, next(iter(days.values())))
    removed |= {i: DATE_OF_PAGE if is_page_day(days, marks[0].first) else DATE_OF_POSTS for i in days}
    removed |= {i: _PAGE_TIME_REASON for mark in layout.page_marks for i in range(mark.first, mark.last + 1)}
    page.page_marks = layout.page_marks
    removed |= _stray_times(candidates, [*marks, *layout.page_marks], removed)
    _warn_of_unused_times(candidates, [*marks, *layout.page_marks], removed, content, page)
    page.set_aside += [(content[i], reason) for i, reason in removed.items()]
    if second.first_post_start is not None:
        page.first_post_line = next(line for i, line in enumerate(content) if i > second.first_post_start)
    return _renumber(content, marks, removed)


def _stray_times(candidates: Sequence[Mark], used_marks: Sequence[PostMark], removed: dict[int, str]) -> dict[int, str]:
    used = {i for mark in used_marks for i in range(mark.first, mark.last + 1)} | set(removed)
    stray = {mark.index: mark for mark in candidates if mark.index not in used}
    first = used_marks[0].first
    return {
        i: "time of an update, not of publication" if mark.shape is Shape.UPDATED else "time of the whole page"
        for i, mark in stray.items()
        if mark.shape is Shape.UPDATED or (i < first and mark.is_whole_line and mark.shape is not Shape.TITLED)
    }


def _warn_of_unused_times(
    candidates: Sequence[Mark],
    used_marks: Sequence[PostMark],
    removed: dict[int, str],
    content: Sequence[Line],
    page: ClassifiedPage,
) -> None:
    """Warn of lines that have the form of the page's own times but are kept as text."""
    used = {i for mark in used_marks for i in range(mark.first, mark.last + 1)} | set(removed)
    forms = {mark.mark.form for mark in used_marks}
    numbers = [
        str(content[mark.index].number)
        for mark in candidates
        if mark.index not in used and (mark.is_whole_line or mark.form in forms)
    ]
    if numbers:
        shown = ", ".join(numbers[:8]) + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")
        page.warnings.append(f"A line looks like the time of a post, but is kept as text: check it (line {shown}).")


def _renumber(content: list[Line], marks: Sequence[PostMark], removed: dict[int, str]) -> list[PostMark]:
    """Remove the lines in `removed` from the content, in place, and return the marks with their new indices."""
    kept_indices = [i for i in range(len(content)) if i not in removed]
    new = {old: at for at, old in enumerate(kept_indices)}
    content[:] = [content[i] for i in kept_indices]
    return [PostMark(new[m.first], new[m.last], m.mark, m.byline) for m in marks]


def _split_into_blocks(content: Sequence[Line], marks: Sequence[PostMark]) -> list[_Block]:
    starts = [0, *(mark.last + 1 for mark in marks)]
    ends = [*(mark.first for mark in marks), len(content)]
    return [_build_block(content[start:end]) for start, end in zip(starts, ends, strict=True)]


def _build_block(lines: Sequence[Line]) -> _Block:
    is_label = [parse_label_line(line.text) is not None for line in lines]
    end = len(lines)
    while end and is_label[end - 1]:
        end -= 1
    last = end - 1
    while last > 0 and is_label[last - 1]:
        last -= 1
    text = tuple(line for line, label in zip(lines, is_label, strict=True) if not label)
    early_labels = tuple(line for line, label in zip(lines[: max(last, 0)], is_label, strict=False) if label)
    return _Block(text, early_labels, tuple(lines[max(last, 0) : max(end - 1, 0)]), tuple(lines[end:]))


def _mark_lines(content: Sequence[Line], mark: PostMark) -> tuple[Line, ...]:
    return tuple(content[mark.first : mark.last + 1])


def _build_posts_above_time(
    content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage
) -> None:
    """Build posts whose time is below them. The first block contains the page head and the first post."""
    blocks, marks = _drop_page_mark(content, blocks, marks, page)
    headings = [
        block.lines[0].text for block in blocks[1:-1] if block.lines and looks_like_heading(block.lines[0].text)
    ]
    if page.first_post_line in blocks[0].lines:
        start = blocks[0].lines.index(page.first_post_line)
        head = split_page_head(blocks[0].lines[:start])
        heading, paragraphs = _split_first_heading(blocks[0].lines[start:])
    else:
        head, heading, paragraphs = split_head_and_first_post(blocks[0].lines, headings, len(marks) - 1)
    _add_page_head(head, page)
    page.posts.append(_build_post(content, marks[0], heading, paragraphs, blocks[0]))
    for block, mark in zip(blocks[1:-1], marks[1:], strict=True):
        heading, paragraphs = _split_first_heading(block.lines)
        page.posts.append(_build_post(content, mark, heading, paragraphs, block))
    tail = [*blocks[-1].lines, *blocks[-1].all_labels]
    page.set_aside += [(line, _TRUNCATED_REASON) for line in tail]
    if tail:
        first = min(line.number for line in tail)
        page.warnings.append(f"The text from line {first} on is set aside: {_TRUNCATED_REASON}.")


def _drop_page_mark(
    content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage
) -> tuple[Sequence[_Block], Sequence[PostMark]]:
    """Drop the first time if it belongs to the page: no sentence is above it, but every post has sentences."""
    head, others = blocks[0], blocks[1:-1]
    has_bare_head = not any(looks_like_sentence(line.text) for line in head.lines)
    if (
        len(marks) < 3
        or not has_bare_head
        or not all(any(looks_like_sentence(x.text) for x in b.lines) for b in others)
    ):
        return blocks, marks
    page.set_aside += [(line, "byline and time of the whole page") for line in _mark_lines(content, marks[0])]
    page.page_marks.append(marks[0])
    return [_join_blocks(head, others[0]), *blocks[2:]], marks[1:]


def _join_blocks(above: _Block, below: _Block) -> _Block:
    return _Block(above.lines + below.lines, above.all_labels + below.all_labels)


def _build_posts_below_time(
    content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage
) -> None:
    """Build posts whose time is above them. The lines above the first time are the page head."""
    _add_page_head(split_page_head(blocks[0].lines), page)
    page.set_aside += [(line, "label of no post") for line in (*blocks[0].labels, *blocks[0].above_last_line)]
    for i, mark in enumerate(marks):
        above, block = blocks[i], blocks[i + 1]
        heading, text = (None, block.lines) if mark.mark.is_inline else _split_first_heading(block.lines)
        own_end = block.at_end if i == len(marks) - 1 else ()
        labels = above.at_end + block.labels + block.above_last_line + own_end
        page.posts.append(PostLines(mark, _mark_lines(content, mark), heading, tuple(text), labels))


def _build_posts_around_time(
    content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage
) -> None:
    """Build posts whose time is between heading and text. The last line of a block is the heading of the next post."""
    splits = [_split_last_heading(block.lines) for block in blocks[:-1]]
    splits.append((blocks[-1].lines, None))
    _add_page_head(split_page_head(splits[0][0]), page)
    page.set_aside += [(line, "label of no post") for line in blocks[0].labels]
    for i, mark in enumerate(marks):
        after = blocks[i + 1]
        own_end = after.above_last_line + after.at_end if i == len(marks) - 1 else ()
        labels = blocks[i].above_last_line + blocks[i].at_end + after.labels + own_end
        text = tuple(splits[i + 1][0])
        page.posts.append(PostLines(mark, _mark_lines(content, mark), splits[i][1], text, labels))


def _add_page_head(head: PageHead, page: ClassifiedPage) -> None:
    page.headline = head.headline
    page.set_aside += [(line, "menu or publisher above the headline") for line in head.menu]
    page.standfirst += head.standfirst
    page.warnings += head.warnings


def _set_page_bylines_aside(lines: Sequence[Line], page: ClassifiedPage) -> tuple[Line, ...]:
    """Set aside the bylines of the page: several names, or a name after "By", above the first post."""
    kept_lines = []
    for i, line in enumerate(lines):
        byline = parse_byline(line.text)
        if byline and not _is_below_post_heading(i, lines) and (len(byline.names) > 1 or begins_with_by(line.text)):
            page.set_aside.append((line, _PAGE_BYLINE_REASON))
        else:
            kept_lines.append(line)
    return tuple(kept_lines)


def _is_below_post_heading(i: int, lines: Sequence[Line]) -> bool:
    """Return True if line `i` is below a heading that has text above it, and has text below it."""
    around = [looks_like_sentence(line.text) for line in (*lines[i - 2 : i], *lines[i + 1 : i + 2])] if i > 1 else []
    return around == [True, False, True]


def _build_post(
    content: Sequence[Line], mark: PostMark, heading: Line | None, text: Sequence[Line], block: _Block
) -> PostLines:
    return PostLines(mark, _mark_lines(content, mark), heading, tuple(text), block.all_labels)


def _split_first_heading(lines: Sequence[Line]) -> tuple[Line | None, Sequence[Line]]:
    if lines and looks_like_heading(lines[0].text):
        return lines[0], lines[1:]
    return None, lines


def _split_last_heading(lines: Sequence[Line]) -> tuple[Sequence[Line], Line | None]:
    if lines and looks_like_heading(lines[-1].text):
        return lines[:-1], lines[-1]
    return lines, None
