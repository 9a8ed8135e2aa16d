"""What stands above the first post: the page's headline and its introduction, and where the first post begins.

With bylines that end their posts, the introduction runs straight into the first post. Its heading is the border.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stoppress.importing.plain_text.heading_detection import looks_like_heading, looks_like_sentence
from stoppress.importing.plain_text.text_lines import Line

_LIVE = re.compile(r"\blive\b|\bas it happened\b|\blatest\b|\bupdates\b|\brolling\b", re.IGNORECASE)
_NO_BORDER = (
    "The first post has no heading, so nothing shows where the introduction ends and the post begins: check {where}."
)


@dataclass(frozen=True, slots=True)
class PageHead:
    """The headline, where the text gives one, and the introduction."""

    headline: Line | None
    standfirst: Sequence[Line]
    warnings: tuple[str, ...] = ()


def split_page_head(lines: Sequence[Line]) -> PageHead:
    """Split what stands above the posts: a first line without a full stop is the headline, the rest introduces."""
    if lines and looks_like_heading(lines[0].text):
        return PageHead(lines[0], lines[1:])
    return PageHead(None, lines)


def split_head_and_first_post(
    lines: Sequence[Line], headings: Sequence[str], others: int
) -> tuple[PageHead, Line | None, Sequence[Line]]:
    """Split the block above the first trailing byline into the page's top, and the first post's heading and text.

    `headings` are those of the `others` posts below: the first post's is likely to be there if theirs are, and as long.
    """
    borders = _borders(lines, headings)
    if borders:
        at = borders[0]
        return split_page_head(lines[:at]), lines[at], lines[at + 1 :]
    if lines and looks_like_heading(lines[0].text):
        if _is_posts_own(lines, headings, others):
            return PageHead(None, ()), lines[0], lines[1:]
        return _headline_without_border(lines)
    return _no_heading(lines)


def _borders(lines: Sequence[Line], headings: Sequence[str]) -> list[int]:
    """Return where the first post may begin: headings below the page's first line, best first."""
    found = [i for i in range(1, len(lines)) if looks_like_heading(lines[i].text)]
    if not found:
        return []
    led = [i for i in found if looks_like_sentence(lines[i - 1].text)] or found[-1:]
    followed = [i for i in led if i + 1 < len(lines) and looks_like_sentence(lines[i + 1].text)] or led
    shortest = min([4, *(len(heading.split()) for heading in headings)])
    return [i for i in followed if len(lines[i].text.split()) >= shortest] or followed


def _is_posts_own(lines: Sequence[Line], headings: Sequence[str], others: int) -> bool:
    """One heading, at the very top: the first post's where the other posts have headings, else the page's."""
    if len(lines) == 1:
        return True
    return len(headings) * 2 >= others and not _LIVE.search(lines[0].text)


def _headline_without_border(lines: Sequence[Line]) -> tuple[PageHead, None, Sequence[Line]]:
    """A headline, and no heading below it: one paragraph introduces, if there are two."""
    end = 2 if len(lines) > 2 else 1
    warning = _NO_BORDER.format(where=f"lines {lines[0].number} to {lines[-1].number}")
    return PageHead(lines[0], lines[1:end], (warning,)), None, lines[end:]


def _no_heading(lines: Sequence[Line]) -> tuple[PageHead, None, Sequence[Line]]:
    """No heading at all: everything stays with the post, since a post without its text would be worse."""
    if len(lines) < 2:
        return PageHead(None, ()), None, lines
    span = f"lines {lines[0].number} to {lines[-1].number}"
    warning = _NO_BORDER.format(where=f"{span}, all of them kept in the first post")
    return PageHead(None, (), (warning,)), None, lines
