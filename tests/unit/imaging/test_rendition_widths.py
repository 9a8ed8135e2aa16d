"""Widths in which a picture is encoded."""

from hypothesis import given
from hypothesis import strategies as st

from stoppress.imaging.renditions import RENDITION_WIDTHS, rendition_widths


@given(st.integers(1, 20_000))
def test_rendition_widths_are_never_empty_nor_above_the_original(width: int) -> None:
    widths = rendition_widths(width)
    assert widths == sorted(set(widths)) and widths
    assert widths[-1] == min(width, RENDITION_WIDTHS[-1])
