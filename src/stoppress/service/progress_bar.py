"""Progress bar on standard error, shown only on a terminal."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import BinaryIO, TypeVar

UPDATE_INTERVAL_SECONDS = 0.2
"""Seconds between two updates."""
BAR_CHARACTERS = 30
T = TypeVar("T")


class ProgressBar:
    """Show progress in `with ProgressBar(size_in_bytes) as progress:`; without a size, only the count."""

    def __init__(self, size: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._clock = size, clock
        self._shown_at, self._started = float("-inf"), clock()
        self._is_shown = sys.stderr.isatty()

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def through(self, rows: Iterable[T], file: BinaryIO, count: Callable[[], int]) -> Iterator[T]:
        """Yield `rows`, and update the bar from the position in `file`."""
        for number, row in enumerate(rows):
            if self._is_shown and number % 1000 == 0:
                self.show(count(), file.tell() if self._size else 0)
            yield row

    def show(self, count: int, done: int = 0) -> None:
        """Draw the bar, unless it was drawn less than UPDATE_INTERVAL_SECONDS ago."""
        now = self._clock()
        if self._is_shown and now - self._shown_at >= UPDATE_INTERVAL_SECONDS:
            self._shown_at = now
            print(
                f"\r\x1b[K{draw_bar(count, done, self._size, now - self._started)}", end="", file=sys.stderr, flush=True
            )


def draw_bar(count: int, done: int, size: int | None, seconds: float) -> str:
    """Return a line such as `[#####     ] 50 %  12,000 rows  4,000/s`."""
    rate = f"{count:,} rows  {count / seconds:,.0f}/s" if seconds > 0 else f"{count:,} rows"
    if not size:
        return rate
    part = min(1.0, done / size)
    return f"[{'#' * int(part * BAR_CHARACTERS):{BAR_CHARACTERS}}] {part:4.0%}  {rate}"
