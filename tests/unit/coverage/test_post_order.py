"""Positions between positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.post_order import POSITION_GAP, NoPositionLeftError, positions_between


@given(st.none() | st.integers(-(2**52), 2**52), st.integers(100, 2**40), st.integers(0, 99), st.booleans())
def test_positions_between_ascend_within_their_bounds(below, room, count, open_above):
    above = None if open_above else (below or 0) + room
    positions = positions_between(below, above, count)
    assert len(positions) == count and positions == sorted(set(positions))
    assert all((below is None or position > below) and (above is None or position < above) for position in positions)


def test_positions_between_raises_when_no_position_is_left():
    with pytest.raises(NoPositionLeftError):
        positions_between(4, 6, 2)
    assert positions_between(4, 6, 1) == [5]
    assert positions_between(None, None, 1) == [POSITION_GAP]
