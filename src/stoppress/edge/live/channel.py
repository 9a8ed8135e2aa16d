"""Who is listening to one live blog: told apart by what must be done to reach them."""

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live.connection import ABREAST, DRAINING, RELOADING, StreamReader
from stoppress.edge.live.delivery_latency import Spread
from stoppress.edge.live.replay_buffer import Ring


class Room:
    """One live blog's listeners and its newest frames."""

    __slots__ = ("abreast", "apart", "edits", "epoch", "late", "left", "loading", "reloading", "ring", "slug", "spread")

    def __init__(self, slug: str, cursor: Cursor, now: float) -> None:
        self.slug, self.epoch = slug, cursor.epoch
        self.ring = Ring(cursor.seq)
        self.abreast: dict[StreamReader, int] = {}
        """Who holds everything, with the descriptor of its socket: an open one as long as the reader is in here.

        In the order in which they came: the kernel has their sockets in that order too, and finds them faster.
        """
        self.late: dict[StreamReader, None] = {}
        """Who has been written everything, of which the kernel has not taken all."""
        self.apart: set[StreamReader] = set()
        """Who catches up."""
        self.reloading: dict[StreamReader, None] = {}
        """Who was told to load the page again: most are gone in a moment, the others hear what is new all the same."""
        self.left = 0
        """How often somebody has ceased to be abreast: who has put descriptors aside sees whether they still hold."""
        self.loading = False
        self.edits = 0
        self.spread = Spread(cursor.seq, now)

    @property
    def cursor(self) -> Cursor:
        """Where those who are abreast stand."""
        return Cursor(self.epoch, self.ring.end)

    @property
    def readers(self) -> int:
        """How many are listening."""
        return self.audience + len(self.reloading)

    @property
    def audience(self) -> int:
        """How many of them the next change can bring up to date."""
        return len(self.abreast) + len(self.late) + len(self.apart)

    @property
    def holding(self) -> int:
        """How many have the newest change, as far as the kernel says."""
        return len(self.abreast)

    def take_in(self, reader: StreamReader) -> None:
        """It has been written everything."""
        self.apart.discard(reader)
        reader.phase, reader.seq = ABREAST, 0
        if reader.behind >= 0:
            self.late[reader] = None
        else:
            self.late.pop(reader, None)
            self.abreast[reader] = reader.descriptor

    def fell_behind(self, reader: StreamReader) -> None:
        """It was abreast, and has not taken everything."""
        self._no_longer_abreast(reader)
        self.late[reader] = None

    def set_apart(self, reader: StreamReader, seq: int) -> None:
        """It has to catch up from `seq` on."""
        self.let_go(reader)
        self.apart.add(reader)
        reader.phase, reader.seq = DRAINING, seq

    def send_away(self, reader: StreamReader) -> None:
        """It has to load the page again."""
        self.let_go(reader)
        self.excuse(reader)
        self.reloading[reader] = None
        reader.phase, reader.seq = RELOADING, 0

    def excuse(self, reader: StreamReader) -> None:
        """The figures wait for it no more."""
        if reader.owes:
            reader.owes.audience -= 1
            reader.owes = None

    def let_go(self, reader: StreamReader) -> None:
        """It is in none of these any more."""
        self._no_longer_abreast(reader)
        self.late.pop(reader, None)
        self.apart.discard(reader)
        self.reloading.pop(reader, None)

    def _no_longer_abreast(self, reader: StreamReader) -> None:
        self.left += self.abreast.pop(reader, None) is not None
