"""Split the head of a page into headline and introduction, and find where the first post begins.

If bylines end the posts, nothing separates the introduction from the first post except the heading of that post.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stoppress.importing.plain_text.heading_detection import looks_like_heading, looks_like_sentence
from stoppress.importing.plain_text.text_lines import Line

MAX_MENU_WORDS = 2
MAX_MENU_LINES = 12
MIN_HEADLINE_WORDS = 5
_WORD = re.compile(r"[^\W\d_]+")
_LIVE = re.compile(r"\blive\b|\bas it happened\b|\blatest\b|\bupdates\b|\brolling\b", re.IGNORECASE)
_NO_BORDER_MESSAGE = (
    "The first post has no heading, so nothing shows where the introduction ends and the post begins: check {where}."
)


@dataclass(frozen=True, slots=True)
class PageHead:
    """The headline, if the page has one, and the introduction. `menu` is what stands above the headline."""

    headline: Line | None
    standfirst: Sequence[Line]
    warnings: tuple[str, ...] = ()
    menu: Sequence[Line] = ()


def split_page_head(lines: Sequence[Line]) -> PageHead:
    """Split the lines above the posts: the headline, if a line without a full stop is first, and the introduction.

    One or two words above a longer heading are the menu or the name of the publisher.
    """
    if not lines or not looks_like_heading(lines[0].text):
        return PageHead(None, lines)
    start = _skip_menu(lines)
    return PageHead(lines[start], lines[start + 1 :], menu=lines[:start])


def _skip_menu(lines: Sequence[Line]) -> int:
    if _count_words(lines[0].text) > MAX_MENU_WORDS or _LIVE.search(lines[0].text):
        return 0
    for i, line in enumerate(lines[:MAX_MENU_LINES]):
        if not looks_like_heading(line.text):
            return 0
        if _count_words(line.text) >= MIN_HEADLINE_WORDS:
            return i
    return 0


def _count_words(text: str) -> int:
    return len(_WORD.findall(text))


def split_head_and_first_post(
    lines: Sequence[Line], headings: Sequence[str], other_posts: int
) -> tuple[PageHead, Line | None, Sequence[Line]]:
    """Split the block above the first trailing byline into page head, and heading and text of the first post.

    `headings` are those of the other posts, and `other_posts` is the number of these posts. If they have headings, the
    first post probably has one of similar length.
    """
    starts = _find_post_starts(lines, headings)
    if starts:
        start = starts[0]
        return split_page_head(lines[:start]), lines[start], lines[start + 1 :]
    if lines and looks_like_heading(lines[0].text):
        if _is_heading_of_post(lines, headings, other_posts):
            return PageHead(None, ()), lines[0], lines[1:]
        return _split_after_headline(lines)
    return _keep_in_first_post(lines)


def _find_post_starts(lines: Sequence[Line], headings: Sequence[str]) -> list[int]:
    """Return the indices of headings below the first line at which the first post may begin, the best first."""
    headings_below = [i for i in range(1, len(lines)) if looks_like_heading(lines[i].text)]
    if not headings_below:
        return []
    after_text = [i for i in headings_below if looks_like_sentence(lines[i - 1].text)] or headings_below[-1:]
    before_text = [i for i in after_text if i + 1 < len(lines) and looks_like_sentence(lines[i + 1].text)] or after_text
    shortest = min([4, *(len(heading.split()) for heading in headings)])
    return [i for i in before_text if len(lines[i].text.split()) >= shortest] or before_text


def _is_heading_of_post(lines: Sequence[Line], headings: Sequence[str], other_posts: int) -> bool:
    """Return True if a heading on the first line belongs to the first post: the other posts have headings too."""
    if len(lines) == 1:
        return True
    return len(headings) * 2 >= other_posts and not _LIVE.search(lines[0].text)


def _split_after_headline(lines: Sequence[Line]) -> tuple[PageHead, None, Sequence[Line]]:
    """Split a page whose only heading is its headline: one paragraph is the introduction, if there are two."""
    end = 2 if len(lines) > 2 else 1
    warning = _NO_BORDER_MESSAGE.format(where=f"lines {lines[0].number} to {lines[-1].number}")
    return PageHead(lines[0], lines[1:end], (warning,)), None, lines[end:]


def _keep_in_first_post(lines: Sequence[Line]) -> tuple[PageHead, None, Sequence[Line]]:
    """Keep all lines in the first post if there is no heading: a post without its text would be worse."""
    if len(lines) < 2:
        return PageHead(None, ()), None, lines
    span = f"lines {lines[0].number} to {lines[-1].number}"
    warning = _NO_BORDER_MESSAGE.format(where=f"{span}, all of them kept in the first post")
    return PageHead(None, (), (warning,)), None, lines
