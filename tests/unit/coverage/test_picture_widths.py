"""Which widths a picture is written in."""

from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.pictures import RENDITION_WIDTHS, rendition_widths


@given(st.integers(1, 20_000))
def test_no_width_is_above_the_original_and_one_is_always_written(width: int) -> None:
    widths = rendition_widths(width)
    assert widths == sorted(set(widths)) and widths
    assert widths[-1] == min(width, RENDITION_WIDTHS[-1])
