"""The newest frames of one live blog, ready to be sent again to clients that reconnect.

The buffer has no gap and ends at the channel's position. It holds current text only: when a post changes, the frames
that name the post are discarded. Connections that need them get new ones from the database (a withdrawal reaches every
cache).
"""

from collections import deque
from collections.abc import Collection, Sequence

Frame = tuple[int, bytes]
"""The number of a change, and its bytes."""

MAX_REPLAYED_CHANGES = 200
"""Maximum number of frames stored and replayed: a client that missed more loads the page again."""
MAX_CHUNK_BYTES = 32 * 1024
"""Bytes written at once to a connection that catches up; the next chunk follows when the kernel has taken this one."""
MAX_CACHED_CHUNKS = 64
"""Joined chunks stored, so that thousands of clients that reconnect at once share their bytes."""
ALL_POSTS = ""
"""In a collection of changed posts, this text means every post: each frame contains it."""


class ReplayBuffer:
    """Frames `start + 1` to `end`."""

    __slots__ = ("_chunks", "_frames", "end")

    def __init__(self, end: int) -> None:
        self.end = end
        self._frames: deque[Frame] = deque()
        self._chunks: dict[int, Frame] = {}

    @property
    def start(self) -> int:
        """Return the lowest change number after which the buffer can continue."""
        return self.end - len(self._frames)

    def can_continue_from(self, seq: int) -> bool:
        """Return True if the buffer holds every frame after `seq`."""
        return self.start <= seq <= self.end

    def extend(self, end: int, frames: Sequence[Frame], edited_posts: Collection[str] = ()) -> None:
        """Append new frames and discard outdated ones.

        Args:
            end: the new position. If frames up to there are missing, the buffer becomes empty.
            frames: frames in order; those up to the present end are ignored.
            edited_posts: ids of posts whose earlier frames are outdated.
        """
        new = [frame for frame in frames if frame[0] > self.end]
        self.discard_posts(edited_posts)
        if len(new) == end - self.end:
            self._frames.extend(new)
        else:
            self._frames.clear()
        self.end = end
        while len(self._frames) > MAX_REPLAYED_CHANGES:
            self._frames.popleft()

    def prepend(self, frames: Sequence[Frame]) -> None:
        """Add older frames before the present ones; frames that would leave a gap are ignored."""
        for seq, data in reversed(frames):
            if seq == self.start and len(self._frames) < MAX_REPLAYED_CHANGES:
                self._frames.appendleft((seq, data))
        self._chunks.clear()

    def discard_posts(self, posts: Collection[str]) -> None:
        """Discard all frames up to the last one that names one of `posts`, and all joined chunks."""
        names = [post.encode() for post in posts]
        last = max((seq for seq, data in self._frames if any(name in data for name in names)), default=0)
        while self._frames and self._frames[0][0] <= last:
            self._frames.popleft()
        self._chunks.clear()

    def chunk_after(self, seq: int) -> Frame:
        """Return the next frames after `seq` as one chunk, with the number of its last frame.

        A chunk has at least one frame and, if it has more, at most MAX_CHUNK_BYTES.
        """
        chunk = self._chunks.get(seq)
        if chunk is None:
            if len(self._chunks) >= MAX_CACHED_CHUNKS:
                self._chunks.clear()
            chunk = self._chunks[seq] = self._join_after(seq)
        return chunk

    def _join_after(self, seq: int) -> Frame:
        parts: list[bytes] = []
        size, last = 0, seq
        for index in range(seq - self.start, len(self._frames)):
            number, data = self._frames[index]
            if parts and size + len(data) > MAX_CHUNK_BYTES:
                break
            parts.append(data)
            size, last = size + len(data), number
        return last, b"".join(parts)
