"""Positions of posts: integers with wide gaps, so that an import can insert posts between two others."""

from stoppress.coverage.errors import CoverageError

POSITION_GAP = 2**32


class NoPositionLeftError(CoverageError):
    """So many posts were inserted between the same two that no position is left."""

    def __init__(self) -> None:
        super().__init__("No position is left between these two posts; import the page as a separate live blog.")


def positions_between(below: int | None, above: int | None, count: int) -> list[int]:
    """Return `count` ascending positions between `below` and `above`.

    Args:
        below: Position of the post below, or None if there is none.
        above: Position of the post above, or None if there is none.
        count: Number of positions.

    Raises:
        NoPositionLeftError: if fewer than `count` integers lie between them.
    """
    if above is None:
        start = 0 if below is None else below
        return [start + POSITION_GAP * number for number in range(1, count + 1)]
    if below is None:
        return [above - POSITION_GAP * number for number in range(count, 0, -1)]
    step = (above - below) // (count + 1)
    if step < 1:
        raise NoPositionLeftError
    return [below + step * number for number in range(1, count + 1)]
