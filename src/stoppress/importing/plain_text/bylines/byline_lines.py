"""Bylines on lines of their own, between a post's time, its heading and its text.

    20:02 / Gate shut / Ines Okafor / Ines Okafor / It has …          a name twice
    Gate shut / 20:02 / Ines Okafor / Political correspondent / It …  a name and a role
    20:02 / Gate shut / From CNN's Ines Okafor / It has …             a name announced
    20:02 / Ines Okafor / Reporting from Port Halden / It has …       the place, below a byline

A heading may be two capitalised words as well ("Storm Maren"). So a name alone is a byline only if the page knows it as
one, or has names at the same place in most posts; and never if the page's own sentences speak of it.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from stoppress.importing.plain_text.bylines.byline_names import (
    Byline,
    announces_author,
    is_desk,
    is_name,
    is_role_line,
    parse_byline,
)
from stoppress.importing.plain_text.bylines.story_subjects import find_story_subjects
from stoppress.importing.plain_text.heading_detection import looks_like_heading
from stoppress.importing.plain_text.post_lines import PostLines
from stoppress.importing.plain_text.separator_lines import SeparatorShape
from stoppress.importing.plain_text.text_lines import Line

ROLE_REASON = "role, agency or place of a reporter"
_MOST = 0.6


@dataclass(frozen=True, slots=True)
class _Found:
    """Byline lines of a post: where they begin and end among its text lines, whom they name, what they say besides."""

    start: int
    names: tuple[str, ...]
    name_lines: tuple[Line, ...]
    roles: tuple[Line, ...]
    sure: bool

    @property
    def end(self) -> int:
        return self.start + len(self.name_lines) + len(self.roles)


def move_bylines(
    posts: Sequence[PostLines], introduction: Sequence[Line], page_names: Set[str]
) -> tuple[list[PostLines], list[tuple[Line, str]]]:
    """Move byline lines from the text of posts to their bylines, and return the role lines among them to set aside.

    `introduction` stands above the posts; `page_names` are the names that the page gives for itself.
    """
    found = [_find(post) for post in posts]
    believed = _believed(posts, found, introduction, page_names)
    moved = [_moved(post, one) if one else post for post, one in zip(posts, believed, strict=True)]
    return moved, [(line, ROLE_REASON) for one in believed if one for line in one.roles]


def _text_of(post: PostLines) -> tuple[Line, ...]:
    """The lines in which a byline may be: the heading is one of them unless the time parts it from the text."""
    return (post.heading, *post.paragraphs) if post.heading and not post.has_time_below_heading else post.paragraphs


def _find(post: PostLines) -> _Found | None:
    """Find byline lines at the start of a post's text or, where this is a heading, right below it."""
    if post.mark.separator.shape is SeparatorShape.INLINE:
        return None
    lines = _text_of(post)
    known = post.mark.byline.names if post.mark.byline else ()
    starts = [0, 1] if lines and lines[0] is post.heading else [0]
    runs = [run for start in starts if (run := _run(lines, start, known))]
    return next((run for run in runs if run.sure), runs[-1] if runs else None)


def _run(lines: Sequence[Line], start: int, known: Sequence[str]) -> _Found | None:
    """Read names and roles from `start` on, as long as they go together."""
    names: list[str] = []
    name_lines: list[Line] = []
    roles: list[Line] = []
    sure = False
    at = start
    while at < len(lines):
        text, below = lines[at].text, lines[at + 1].text if at + 1 < len(lines) else ""
        is_role = is_role_line(text) and (bool(name_lines) or (bool(known) and at == 0))
        people = () if is_role else _people(text)
        if people:
            sure_one = _is_sure(text, people, below, known=[*known, *names])
            if name_lines and sure_one and not sure:
                return None
            if name_lines and not sure_one:
                break
            sure = sure or sure_one
            names += people
            name_lines.append(lines[at])
        elif is_role:
            sure = True
            roles.append(lines[at])
        else:
            break
        at += 1
    if not (name_lines or roles) or (at == len(lines) and not sure):
        return None
    return _Found(start, tuple(dict.fromkeys(names)), tuple(name_lines), tuple(roles), sure)


def _people(text: str) -> tuple[str, ...]:
    """The names on a line that may be a byline: persons, or after "By" an agency."""
    byline = parse_byline(text)
    if byline is None or not all(is_name(name) or is_desk(name) for name in byline.names):
        return ()
    return byline.names if announces_author(text) or any(map(is_name, byline.names)) else ()


def _is_sure(text: str, people: Sequence[str], below: str, *, known: Sequence[str]) -> bool:
    return announces_author(text) or text == below or set(people) <= set(known) or is_role_line(below)


def _believed(
    posts: Sequence[PostLines], found: Sequence[_Found | None], introduction: Sequence[Line], page_names: Set[str]
) -> list[_Found | None]:
    """Keep what is sure, and of the rest what the whole page makes likely."""
    known = set(page_names)
    for post, one in zip(posts, found, strict=True):
        known |= set(post.mark.byline.names if post.mark.byline else ())
        known |= set(one.names if one and one.sure else ())
    places = Counter(one.start for one in found if one)
    recurring = Counter(name for one in found if one for name in one.names)
    subjects = _subjects(posts, [one for one in found if one and not one.sure], introduction)

    def is_believed(post: PostLines, one: _Found) -> bool:
        if one.sure or set(one.names) <= known:
            return True
        if post.ends_with_time or len(posts) < 2 or subjects.intersection(one.names):
            return False
        most = places[one.start] >= _MOST * len(posts)
        again = all(recurring[name] > 1 for name in one.names)
        return (most and (again or places[one.start] == len(posts))) or (again and one.start == 1)

    return [one if one and is_believed(post, one) else None for post, one in zip(posts, found, strict=True)]


def _subjects(posts: Sequence[PostLines], unsure: Sequence[_Found], introduction: Sequence[Line]) -> set[str]:
    lines = [*introduction, *(line for post in posts for line in _text_of(post))]
    return find_story_subjects({name for one in unsure for name in one.names}, [line.text for line in lines])


def _moved(post: PostLines, found: _Found) -> PostLines:
    """Give a post its byline lines, and take them and the role lines from its text."""
    lines = _text_of(post)
    rest = (*lines[: found.start], *lines[found.end :])
    heading = post.heading
    if heading and heading in lines:
        heading = rest[0] if rest and looks_like_heading(rest[0].text) else None
        rest = rest[1:] if heading else rest
    own = post.mark.byline or Byline(())
    said = [aside for line in found.name_lines if (read := parse_byline(line.text)) for aside in read.left_out]
    byline = Byline(tuple(dict.fromkeys([*own.names, *found.names])), (*own.left_out, *said))
    mark, marks = replace(post.mark, byline=byline), (*post.marks, *found.name_lines)
    return replace(post, mark=mark, marks=marks, heading=heading, paragraphs=rest)
