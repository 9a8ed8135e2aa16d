"""Find bylines on separate lines between the time, the heading and the text of a post.

    20:02 / Gate shut / Ines Okafor / Ines Okafor / It has …          a repeated name
    Gate shut / 20:02 / Ines Okafor / Political correspondent / It …  a name and a role
    20:02 / Gate shut / From CNN's Ines Okafor / It has …             an announced name
    20:02 / Ines Okafor / Reporting from Port Halden / It has …       the place below a byline

A heading may also be two capitalised words ("Storm Maren"). So a name alone is a byline only if the page contains it as
a byline elsewhere, or has names at the same place in most posts. It never is one if sentences of the page mention it.
"""

import re
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
from stoppress.importing.plain_text.layout.time_marks import Shape
from stoppress.importing.plain_text.post_lines import PostLines
from stoppress.importing.plain_text.text_lines import Line

_SIGNATURE = re.compile(r"[(\[](?P<name>[^()\[\]]+)[)\]]\.?")
ROLE_REASON = "role, agency or place of a reporter"
_MIN_SHARE = 0.6
"""Share of posts with a name at the same place from which such names are bylines."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Candidate byline lines of a post: their range among its text lines, their names, and their role lines."""

    start: int
    names: tuple[str, ...]
    name_lines: tuple[Line, ...]
    roles: tuple[Line, ...]
    is_certain: bool

    @property
    def end(self) -> int:
        return self.start + len(self.name_lines) + len(self.roles)


def move_bylines(
    posts: Sequence[PostLines], introduction: Sequence[Line], page_names: Set[str]
) -> tuple[list[PostLines], list[tuple[Line, str]]]:
    """Move byline lines from the text of posts to their bylines.

    Args:
        posts: The posts in the order of the page.
        introduction: The lines above the posts.
        page_names: The names in the byline of the whole page.

    Returns:
        The posts with their bylines, and the role lines to set aside with their reason.
    """
    posts = [_take_signature(post) for post in posts]
    candidates = [_find_candidate(post) for post in posts]
    accepted = _accept_likely(posts, candidates, introduction, page_names)
    result = [_move(post, candidate) if candidate else post for post, candidate in zip(posts, accepted, strict=True)]
    return result, [(line, ROLE_REASON) for candidate in accepted if candidate for line in candidate.roles]


def _take_signature(post: PostLines) -> PostLines:
    """Return a post with a name in brackets on its last line ("(By Ines Okafor)") moved to its byline."""
    last = post.paragraphs[-1] if len(post.paragraphs) > 1 or (post.paragraphs and post.has_other_text) else None
    match = _SIGNATURE.fullmatch(last.text) if last and len(last.text) < 120 else None
    byline = parse_byline(match["name"]) if match else None
    if last is None or byline is None or post.mark.byline or not all(map(is_name, byline.names)):
        return post
    mark = replace(post.mark, byline=byline)
    return replace(post, mark=mark, marks=(*post.marks, last), paragraphs=post.paragraphs[:-1])


def _text_lines(post: PostLines) -> tuple[Line, ...]:
    """Return the lines that may be bylines: the text and, unless the time follows it, the heading."""
    return (post.heading, *post.paragraphs) if post.heading and not post.has_time_below_heading else post.paragraphs


def _find_candidate(post: PostLines) -> _Candidate | None:
    """Find byline lines at the start of a post's text or, if it starts with a heading, right below the heading."""
    if post.mark.mark.shape is Shape.INLINE:
        return None
    lines = _text_lines(post)
    known_names = post.mark.byline.names if post.mark.byline else ()
    starts = [0, 1] if lines and lines[0] is post.heading else [0]
    runs = [run for start in starts if (run := _read_run(lines, start, known_names))]
    return next((run for run in runs if run.is_certain), runs[-1] if runs else None)


def _read_run(lines: Sequence[Line], start: int, known_names: Sequence[str]) -> _Candidate | None:
    """Return the consecutive name and role lines that begin at `start`."""
    names: list[str] = []
    name_lines: list[Line] = []
    roles: list[Line] = []
    is_certain = False
    i = start
    while i < len(lines):
        text, below = lines[i].text, lines[i + 1].text if i + 1 < len(lines) else ""
        is_role = is_role_line(text) and (bool(name_lines) or (bool(known_names) and i == 0))
        people = () if is_role else _names_on_line(text)
        if people:
            is_line_certain = _is_certain(text, people, below, known_names=[*known_names, *names])
            if name_lines and is_line_certain and not is_certain:
                return None
            if name_lines and not is_line_certain:
                break
            is_certain = is_certain or is_line_certain
            names += people
            name_lines.append(lines[i])
        elif is_role:
            is_certain = True
            roles.append(lines[i])
        else:
            break
        i += 1
    if not (name_lines or roles) or (i == len(lines) and not is_certain):
        return None
    return _Candidate(start, tuple(dict.fromkeys(names)), tuple(name_lines), tuple(roles), is_certain)


def _names_on_line(text: str) -> tuple[str, ...]:
    """Return the names on a line that may be a byline: persons, or an agency after "By"."""
    byline = parse_byline(text)
    if byline is None or not all(is_name(name) or is_desk(name) for name in byline.names):
        return ()
    return byline.names if announces_author(text) or any(map(is_name, byline.names)) else ()


def _is_certain(text: str, people: Sequence[str], below: str, *, known_names: Sequence[str]) -> bool:
    return announces_author(text) or text == below or set(people) <= set(known_names) or is_role_line(below)


def _accept_likely(
    posts: Sequence[PostLines],
    candidates: Sequence[_Candidate | None],
    introduction: Sequence[Line],
    page_names: Set[str],
) -> list[_Candidate | None]:
    """Keep the certain candidates, and those that the whole page makes likely."""
    known_names = set(page_names)
    for post, candidate in zip(posts, candidates, strict=True):
        known_names |= set(post.mark.byline.names if post.mark.byline else ())
        known_names |= set(candidate.names if candidate and candidate.is_certain else ())
    places = Counter(candidate.start for candidate in candidates if candidate)
    recurring = Counter(name for candidate in candidates if candidate for name in candidate.names)
    uncertain = [candidate for candidate in candidates if candidate and not candidate.is_certain]
    subjects = _story_subjects(posts, uncertain, introduction)

    def is_likely(post: PostLines, candidate: _Candidate) -> bool:
        if candidate.is_certain or set(candidate.names) <= known_names:
            return True
        if post.ends_with_time or len(posts) < 2 or subjects.intersection(candidate.names):
            return False
        is_usual_place = places[candidate.start] >= _MIN_SHARE * len(posts)
        is_recurring = all(recurring[name] > 1 for name in candidate.names)
        is_in_every_post = places[candidate.start] == len(posts)
        return (is_usual_place and (is_recurring or is_in_every_post)) or (is_recurring and candidate.start == 1)

    pairs = zip(posts, candidates, strict=True)
    return [candidate if candidate and is_likely(post, candidate) else None for post, candidate in pairs]


def _story_subjects(
    posts: Sequence[PostLines], uncertain: Sequence[_Candidate], introduction: Sequence[Line]
) -> set[str]:
    lines = [*introduction, *(line for post in posts for line in _text_lines(post))]
    return find_story_subjects(
        {name for candidate in uncertain for name in candidate.names}, [line.text for line in lines]
    )


def _move(post: PostLines, candidate: _Candidate) -> PostLines:
    """Return a post with its byline lines moved from the text to its byline, and without the role lines."""
    lines = _text_lines(post)
    text_lines = (*lines[: candidate.start], *lines[candidate.end :])
    heading = post.heading
    if heading and heading in lines:
        heading = text_lines[0] if text_lines and looks_like_heading(text_lines[0].text) else None
        text_lines = text_lines[1:] if heading else text_lines
    own = post.mark.byline or Byline(())
    parsed = [parse_byline(line.text) for line in candidate.name_lines]
    left_out = [part for byline in parsed if byline for part in byline.left_out]
    byline = Byline(tuple(dict.fromkeys([*own.names, *candidate.names])), (*own.left_out, *left_out))
    mark, marks = replace(post.mark, byline=byline), (*post.marks, *candidate.name_lines)
    return replace(post, mark=mark, marks=marks, heading=heading, paragraphs=text_lines)
