"""Where posts stand: whole numbers with wide gaps, so that an import can put a post between two others."""

from stoppress.coverage.errors import CoverageError

POSITION_GAP = 2**32


class NoPositionLeftError(CoverageError):
    """So many posts were put between the same two that no number is left between them."""

    def __init__(self) -> None:
        super().__init__("There is no room left between these two posts; import the page as a live blog of its own.")


def positions_between(below: int | None, above: int | None, count: int) -> list[int]:
    """`count` rising positions over `below` and under `above`; None means that nothing is there. Raises NoRoom."""
    if above is None:
        start = 0 if below is None else below
        return [start + POSITION_GAP * step for step in range(1, count + 1)]
    if below is None:
        return [above - POSITION_GAP * step for step in range(count, 0, -1)]
    step = (above - below) // (count + 1)
    if step < 1:
        raise NoPositionLeftError
    return [below + step * turn for turn in range(1, count + 1)]
