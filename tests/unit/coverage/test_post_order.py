"""Places between places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.post_order import POSITION_GAP, NoPositionLeftError, positions_between


@given(st.none() | st.integers(-(2**52), 2**52), st.integers(100, 2**40), st.integers(0, 99), st.booleans())
def test_places_rise_and_stay_between(below, room, count, open_above):
    above = None if open_above else (below or 0) + room
    places = positions_between(below, above, count)
    assert len(places) == count and places == sorted(set(places))
    assert all((below is None or place > below) and (above is None or place < above) for place in places)


def test_without_room_it_says_so():
    with pytest.raises(NoPositionLeftError):
        positions_between(4, 6, 2)
    assert positions_between(4, 6, 1) == [5]
    assert positions_between(None, None, 1) == [POSITION_GAP]
