"""Every line of a page to its place: headline, standfirst, a post's heading, time or paragraph, or set aside.

    lines ──► notes and chrome set aside ──► times found (layout) ──► cut into blocks ──► posts, and what stands above

Nothing is rewritten here. So that nothing is lost or used twice, whole `Line`s are moved, and `placed` lists them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stoppress.importing.errors import NoPostTimesError
from stoppress.importing.plain_text.boilerplate import count_file_notes, reason_to_set_aside
from stoppress.importing.plain_text.bylines.byline_lines import move_bylines
from stoppress.importing.plain_text.bylines.byline_names import begins_with_by, parse_byline
from stoppress.importing.plain_text.day_lines import assign_days
from stoppress.importing.plain_text.heading_detection import parse_label_line, looks_like_heading, looks_like_sentence
from stoppress.importing.plain_text.invalid_times import warn_of_invalid_times
from stoppress.importing.plain_text.page_head import PageHead, split_page_head, split_head_and_first_post
from stoppress.importing.plain_text.page_layout import (
    PostMark,
    PostPosition,
    detect_post_position,
    select_separators,
    attach_bylines,
    split_page_marks,
    merge_repeats,
)
from stoppress.importing.plain_text.post_lines import PostLines
from stoppress.importing.plain_text.separator_lines import Separator, SeparatorShape, parse_separator
from stoppress.importing.plain_text.text_lines import Line

_NO_TIMES = (
    "Nothing separates the posts of this page: no line holds the time at which a post was published. "
    "The text was probably copied without its times; copy the page again with them, or add a time above each post."
)
_BYLINE_OF_PAGE = "byline of the whole page"
_TRUNCATED = "no byline or time follows: the page ends before this post does"


@dataclass(slots=True)
class ClassifiedPage:
    """All lines of a page in their places."""

    headline: Line | None = None
    standfirst: list[Line] = field(default_factory=list)
    posts: list[PostLines] = field(default_factory=list)
    set_aside: list[tuple[Line, str]] = field(default_factory=list)
    page_marks: list[PostMark] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def placed_lines(self) -> list[Line]:
        """Return every line that has a place, as often as it has one."""
        lines = [self.headline] if self.headline else []
        lines += self.standfirst
        for post in self.posts:
            lines += post.lines()
        return lines + [line for line, _ in self.set_aside]


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines between two times, and apart from them the label lines: where they stand tells whose they are."""

    lines: tuple[Line, ...]
    labels: tuple[Line, ...] = ()
    above_last_line: tuple[Line, ...] = ()
    at_end: tuple[Line, ...] = ()

    @property
    def all_labels(self) -> tuple[Line, ...]:
        return self.labels + self.above_last_line + self.at_end


def classify_lines(lines: Sequence[Line]) -> ClassifiedPage:
    """Give every line its place. Raises NoPostTimesError where no time parts the posts."""
    page = ClassifiedPage()
    content = _set_chrome_aside(lines, page)
    marks = _find_marks(content, page)
    blocks = _cut(content, marks)
    blocks[0] = replace(blocks[0], lines=_without_bylines(blocks[0].lines, page))
    match detect_post_position([block.lines for block in blocks], marks):
        case PostPosition.TRAILING:
            _sort_trailing(content, blocks, marks, page)
        case PostPosition.OVER_HEADING:
            _sort_over(content, blocks, marks, page)
        case PostPosition.UNDER_HEADING:
            _sort_under(content, blocks, marks, page)
    _set_contents_list_aside(page)
    _take_bylines(page)
    page.warnings += warn_of_invalid_times(_kept_as_text(page))
    page.set_aside.sort(key=lambda aside: aside[0].number)
    return page


def _take_bylines(page: ClassifiedPage) -> None:
    """Move bylines that stand on lines of their own from the posts' text to their marks."""
    own = [parse_byline(line.text) for line, reason in page.set_aside if reason == _BYLINE_OF_PAGE]
    names = {name for byline in own if byline for name in byline.names}
    above = [*([page.headline] if page.headline else []), *page.standfirst]
    page.posts, roles = move_bylines(page.posts, above, names)
    page.set_aside += roles


def _kept_as_text(page: ClassifiedPage) -> list[Line]:
    """The lines that stand as text, in the order of the page."""
    posts = [line for post in page.posts for line in (*([post.heading] if post.heading else []), *post.paragraphs)]
    return [*page.standfirst, *posts]


def _set_contents_list_aside(page: ClassifiedPage) -> None:
    """A list of key events above the posts has their times and headings, and no text: it is no post."""
    below = {post.heading.text for post in page.posts if post.heading and post.paragraphs}
    while page.posts and _only_lists(page.posts[0], below):
        entry = page.posts.pop(0)
        page.set_aside += [(line, "list of key events: the post itself is below") for line in entry.lines()]


def _only_lists(post: PostLines, headings_below: set[str]) -> bool:
    return post.heading is not None and not post.paragraphs and post.heading.text in headings_below


def _set_chrome_aside(lines: Sequence[Line], page: ClassifiedPage) -> list[Line]:
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
    """Find the times that part posts; set the other times that stand alone aside, and take them out of the content."""
    candidates = [found for i, line in enumerate(content) if (found := parse_separator(i, line))]
    family = select_separators(candidates)
    if not family:
        raise NoPostTimesError(_NO_TIMES)
    marks, own = split_page_marks(attach_bylines(merge_repeats(family, content), content), content)
    marks, day_lines = assign_days(marks, content)
    page.page_marks = own
    gone = _stray_times(candidates, marks, own) | day_lines
    gone |= {i: "byline and time of the whole page" for mark in own for i in range(mark.first, mark.last + 1)}
    page.set_aside += [(content[i], reason) for i, reason in gone.items()]
    return _renumber(content, marks, gone)


def _stray_times(candidates: Sequence[Separator], marks: Sequence[PostMark], own: Sequence[PostMark]) -> dict[int, str]:
    used = {i for mark in [*marks, *own] for i in range(mark.first, mark.last + 1)}
    strays = {s.index: s for s in candidates if s.index not in used}
    return {
        i: "time of an update, not of publication" if s.shape is SeparatorShape.UPDATED else "time of the whole page"
        for i, s in strays.items()
        if s.shape is SeparatorShape.UPDATED
        or (i < marks[0].first and s.shape in (SeparatorShape.BARE, SeparatorShape.TIME_FIRST, SeparatorShape.NAME_FIRST))
    }


def _renumber(content: list[Line], marks: Sequence[PostMark], gone: dict[int, str]) -> list[PostMark]:
    """Remove the lines in `gone` from the content, in place, and return the marks with their new indices."""
    new: dict[int, int] = {}
    kept = [i for i in range(len(content)) if i not in gone]
    new = {old: at for at, old in enumerate(kept)}
    content[:] = [content[i] for i in kept]
    return [PostMark(new[m.first], new[m.last], m.separator, m.byline) for m in marks]


def _cut(content: Sequence[Line], marks: Sequence[PostMark]) -> list[_Block]:
    starts = [0, *(mark.last + 1 for mark in marks)]
    ends = [*(mark.first for mark in marks), len(content)]
    return [_block(content[start:end]) for start, end in zip(starts, ends, strict=True)]


def _block(lines: Sequence[Line]) -> _Block:
    is_label = [parse_label_line(line.text) is not None for line in lines]
    end = len(lines)
    while end and is_label[end - 1]:
        end -= 1
    last = end - 1
    while last > 0 and is_label[last - 1]:
        last -= 1
    text = tuple(line for line, label in zip(lines, is_label, strict=True) if not label)
    early = tuple(line for line, label in zip(lines[: max(last, 0)], is_label, strict=False) if label)
    return _Block(text, early, tuple(lines[max(last, 0) : max(end - 1, 0)]), tuple(lines[end:]))


def _marks_of(content: Sequence[Line], mark: PostMark) -> tuple[Line, ...]:
    return tuple(content[mark.first : mark.last + 1])


def _sort_trailing(content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage) -> None:
    """A post's time stands below it, so the first block holds what is above the posts and the first post as well."""
    blocks, marks = _without_head_mark(content, blocks, marks, page)
    headings = [block.lines[0].text for block in blocks[1:-1] if block.lines and looks_like_heading(block.lines[0].text)]
    top, heading, paragraphs = split_head_and_first_post(blocks[0].lines, headings, len(marks) - 1)
    _place_top(top, page)
    page.posts.append(_post(content, marks[0], heading, paragraphs, blocks[0]))
    for block, mark in zip(blocks[1:-1], marks[1:], strict=True):
        heading, paragraphs = _heading_first(block.lines)
        page.posts.append(_post(content, mark, heading, paragraphs, block))
    tail = [*blocks[-1].lines, *blocks[-1].all_labels]
    page.set_aside += [(line, _TRUNCATED) for line in tail]
    if tail:
        first = min(line.number for line in tail)
        page.warnings.append(f"The text from line {first} on is set aside: {_TRUNCATED}.")


def _without_head_mark(
    content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage
) -> tuple[Sequence[_Block], Sequence[PostMark]]:
    """A time under lines of which none is a sentence is the page's own, where all the posts have text."""
    head, others = blocks[0], blocks[1:-1]
    bare_head = not any(looks_like_sentence(line.text) for line in head.lines)
    if len(marks) < 3 or not bare_head or not all(any(looks_like_sentence(x.text) for x in b.lines) for b in others):
        return blocks, marks
    page.set_aside += [(line, "byline and time of the whole page") for line in _marks_of(content, marks[0])]
    page.page_marks.append(marks[0])
    return [_joined(head, others[0]), *blocks[2:]], marks[1:]


def _joined(above: _Block, below: _Block) -> _Block:
    return _Block(above.lines + below.lines, above.all_labels + below.all_labels)


def _sort_over(content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage) -> None:
    """A post's time stands above it: what is above the first time is no post."""
    _place_top(split_page_head(blocks[0].lines), page)
    page.set_aside += [(line, "label of no post") for line in (*blocks[0].labels, *blocks[0].above_last_line)]
    for i, mark in enumerate(marks):
        above, block = blocks[i], blocks[i + 1]
        heading, text = (None, block.lines) if mark.separator.shape is SeparatorShape.INLINE else _heading_first(block.lines)
        own_end = block.at_end if i == len(marks) - 1 else ()
        labels = above.at_end + block.labels + block.above_last_line + own_end
        page.posts.append(PostLines(mark, _marks_of(content, mark), heading, tuple(text), labels))


def _sort_under(content: Sequence[Line], blocks: Sequence[_Block], marks: Sequence[PostMark], page: ClassifiedPage) -> None:
    """A post's time stands between its heading and its text: the last line of a block is the next post's heading."""
    splits = [_heading_last(block.lines) for block in blocks[:-1]]
    splits.append((blocks[-1].lines, None))
    _place_top(split_page_head(splits[0][0]), page)
    page.set_aside += [(line, "label of no post") for line in blocks[0].labels]
    for i, mark in enumerate(marks):
        after = blocks[i + 1]
        own_end = after.above_last_line + after.at_end if i == len(marks) - 1 else ()
        labels = blocks[i].above_last_line + blocks[i].at_end + after.labels + own_end
        text = tuple(splits[i + 1][0])
        page.posts.append(PostLines(mark, _marks_of(content, mark), splits[i][1], text, labels))


def _place_top(top: PageHead, page: ClassifiedPage) -> None:
    page.headline = top.headline
    page.standfirst += top.standfirst
    page.warnings += top.warnings


def _without_bylines(lines: Sequence[Line], page: ClassifiedPage) -> tuple[Line, ...]:
    """Set the bylines of the page itself aside: above the first post, several names or a name after "By"."""
    kept = []
    for i, line in enumerate(lines):
        byline = parse_byline(line.text)
        if byline and not _is_below_heading_of_post(i, lines) and (len(byline.names) > 1 or begins_with_by(line.text)):
            page.set_aside.append((line, _BYLINE_OF_PAGE))
        else:
            kept.append(line)
    return tuple(kept)


def _is_below_heading_of_post(i: int, lines: Sequence[Line]) -> bool:
    """Whether line `i` stands below a heading that has text above it, and has text below it."""
    around = [looks_like_sentence(line.text) for line in (*lines[i - 2 : i], *lines[i + 1 : i + 2])] if i > 1 else []
    return around == [True, False, True]


def _post(content: Sequence[Line], mark: PostMark, heading: Line | None, text: Sequence[Line], block: _Block) -> PostLines:
    return PostLines(mark, _marks_of(content, mark), heading, tuple(text), block.all_labels)


def _heading_first(lines: Sequence[Line]) -> tuple[Line | None, Sequence[Line]]:
    if lines and looks_like_heading(lines[0].text):
        return lines[0], lines[1:]
    return None, lines


def _heading_last(lines: Sequence[Line]) -> tuple[Sequence[Line], Line | None]:
    if lines and looks_like_heading(lines[-1].text):
        return lines[:-1], lines[-1]
    return lines, None
