"""The newest frames of one live blog, ready to be written again to those who come back.

A ring has no gap and ends where the room stands. It only ever tells the present: as soon as a post changes, frames that
name it are let go, and whoever needs them has them made anew from the database (a withdrawal reaches every memory).
"""

from collections import deque
from collections.abc import Collection, Sequence

Frame = tuple[int, bytes]
"""The number of a change, and its bytes."""

MAX_REPLAYED_CHANGES = 200
"""Frames kept, and the most that are replayed: who missed more loads the page again."""
MAX_CHUNK_BYTES = 32 * 1024
"""Bytes written at once to a reader who catches up; the next piece goes out when this one has been taken."""
MAX_CACHED_CHUNKS = 64
"""Joined pieces remembered, so that thousands who come back at once share their bytes."""


ALL_POSTS = ""
"""Stands for every post among those that have changed: all frames name it."""


class ReplayBuffer:
    """Frames `start + 1` to `end`."""

    __slots__ = ("_frames", "_pieces", "end")

    def __init__(self, end: int) -> None:
        self.end = end
        self._frames: deque[Frame] = deque()
        self._pieces: dict[int, Frame] = {}

    @property
    def start(self) -> int:
        """The lowest number that can be continued from here."""
        return self.end - len(self._frames)

    def reaches(self, seq: int) -> bool:
        """Whether the frames at hand go on right after `seq`."""
        return self.start <= seq <= self.end

    def extend(self, end: int, frames: Sequence[Frame], touched: Collection[str] = ()) -> None:
        """Append what is new, up to `end`; `touched` are posts of which older frames tell the past."""
        new = [frame for frame in frames if frame[0] > self.end]
        self._pieces.clear()
        self.forget(touched)
        if len(new) != end - self.end:
            self._frames.clear()
        self._frames.extend(new if len(new) == end - self.end else ())
        self.end = end
        while len(self._frames) > MAX_REPLAYED_CHANGES:
            self._frames.popleft()

    def prepend(self, frames: Sequence[Frame]) -> None:
        """Put older frames before those at hand; what does not join them is left out."""
        for seq, data in reversed(frames):
            if seq == self.start and len(self._frames) < MAX_REPLAYED_CHANGES:
                self._frames.appendleft((seq, data))
        self._pieces.clear()

    def forget(self, posts: Collection[str]) -> None:
        """Let go of everything up to the last frame that names one of `posts`."""
        names = [post.encode() for post in posts]
        last = max((seq for seq, data in self._frames if any(name in data for name in names)), default=0)
        while self._frames and self._frames[0][0] <= last:
            self._frames.popleft()
        self._pieces.clear()

    def clear(self) -> None:
        """Let go of everything."""
        self._frames.clear()
        self._pieces.clear()

    def piece(self, seq: int) -> Frame:
        """Some frames after `seq` in one piece, and the number of the last: at least one frame, at most PIECE bytes."""
        found = self._pieces.get(seq)
        if found is None:
            if len(self._pieces) >= MAX_CACHED_CHUNKS:
                self._pieces.clear()
            found = self._pieces[seq] = self._join(seq)
        return found

    def _join(self, seq: int) -> Frame:
        parts: list[bytes] = []
        size, last = 0, seq
        for index in range(seq - self.start, len(self._frames)):
            number, data = self._frames[index]
            if parts and size + len(data) > MAX_CHUNK_BYTES:
                break
            parts.append(data)
            size, last = size + len(data), number
        return last, b"".join(parts)
