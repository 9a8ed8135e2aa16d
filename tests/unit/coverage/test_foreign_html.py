"""HTML of other programs keeps its meaning. A flow test pastes tests/data/foreign_html.json into the editor."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.html_sanitiser import sanitise

CASES = json.loads((Path(__file__).parents[2] / "data/foreign_html.json").read_text(encoding="utf-8"))
WORDS = st.text(alphabet="abcäöغش", min_size=1, max_size=6)
INLINE = ["b", "ul", "ol", "q"]
BLOCKS = ["p", "div", "section", "h1", "h4", "blockquote", "pre", "figure", "address", "center", "dt", "td", "li"]


def wrap(parts: list[str], tag: str) -> str:
    return f"<{tag}>{' '.join(parts)}</{tag}>"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_sanitise_keeps_the_meaning_of_foreign_html(case: dict[str, str]) -> None:
    found = sanitise(case["html"])
    assert found.replace(' rel="noopener"', "").replace("&nbsp;", "\xa0") == case["expected"]
    assert sanitise(found) == found


@given(st.lists(st.tuples(st.sampled_from(BLOCKS), WORDS), min_size=1, max_size=8))
def test_blocks_never_run_together(blocks: list[tuple[str, str]]) -> None:
    found = sanitise("".join(f"<{tag}>{word}</{tag}>" for tag, word in blocks))
    assert re.findall(r"[^<>|\s]+(?![^<]*>)", found) == [word for _, word in blocks]


@given(
    st.recursive(WORDS, lambda inner: st.builds(wrap, st.lists(inner, max_size=4), st.sampled_from([*BLOCKS, *INLINE])))
)
def test_any_nesting_keeps_every_word_and_a_second_pass_changes_nothing(html: str) -> None:
    found = sanitise(html)
    assert sanitise(found) == found
    assert re.sub(r"<[^>]*>|[|\s“”]", "", found) == re.sub(r"<[^>]*>|\s", "", html)
