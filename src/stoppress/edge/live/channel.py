"""Who is listening to one live blog: told apart by what must be done to reach them."""

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live.connection import CURRENT, CATCHING_UP, RESETTING, StreamConnection
from stoppress.edge.live.delivery_latency import DeliveryLatency
from stoppress.edge.live.replay_buffer import ReplayBuffer


class Channel:
    """One live blog's listeners and its newest frames."""

    __slots__ = ("current", "catching_up", "edit_version", "epoch", "backlogged", "descriptor_version", "is_backfilling", "resetting", "replay_buffer", "slug", "latency")

    def __init__(self, slug: str, cursor: Cursor, now: float) -> None:
        self.slug, self.epoch = slug, cursor.epoch
        self.replay_buffer = ReplayBuffer(cursor.seq)
        self.current: dict[StreamConnection, int] = {}
        """Who holds everything, with the descriptor of its socket: an open one as long as the reader is in here.

        In the order in which they came: the kernel has their sockets in that order too, and finds them faster.
        """
        self.backlogged: dict[StreamConnection, None] = {}
        """Who has been written everything, of which the kernel has not taken all."""
        self.catching_up: set[StreamConnection] = set()
        """Who catches up."""
        self.resetting: dict[StreamConnection, None] = {}
        """Who was told to load the page again: most are gone in a moment, the others hear what is new all the same."""
        self.descriptor_version = 0
        """How often somebody has ceased to be abreast: who has put descriptors aside sees whether they still hold."""
        self.is_backfilling = False
        self.edit_version = 0
        self.latency = DeliveryLatency(cursor.seq, now)

    @property
    def cursor(self) -> Cursor:
        """Where those who are abreast stand."""
        return Cursor(self.epoch, self.replay_buffer.end)

    @property
    def reader_count(self) -> int:
        """How many are listening."""
        return self.audience_size + len(self.resetting)

    @property
    def audience_size(self) -> int:
        """How many of them the next change can bring up to date."""
        return len(self.current) + len(self.backlogged) + len(self.catching_up)

    @property
    def current_count(self) -> int:
        """How many have the newest change, as far as the kernel says."""
        return len(self.current)

    def take_in(self, reader: StreamConnection) -> None:
        """It has been written everything."""
        self.catching_up.discard(reader)
        reader.state, reader.seq = CURRENT, 0
        if reader.blocked_since >= 0:
            self.backlogged[reader] = None
        else:
            self.backlogged.pop(reader, None)
            self.current[reader] = reader.descriptor

    def fell_behind(self, reader: StreamConnection) -> None:
        """It was abreast, and has not taken everything."""
        self._no_longer_abreast(reader)
        self.backlogged[reader] = None

    def set_apart(self, reader: StreamConnection, seq: int) -> None:
        """It has to catch up from `seq` on."""
        self.let_go(reader)
        self.catching_up.add(reader)
        reader.state, reader.seq = CATCHING_UP, seq

    def send_away(self, reader: StreamConnection) -> None:
        """It has to load the page again."""
        self.let_go(reader)
        self.excuse(reader)
        self.resetting[reader] = None
        reader.state, reader.seq = RESETTING, 0

    def excuse(self, reader: StreamConnection) -> None:
        """The figures wait for it no more."""
        if reader.pending_change:
            reader.pending_change.audience_size -= 1
            reader.pending_change = None

    def let_go(self, reader: StreamConnection) -> None:
        """It is in none of these any more."""
        self._no_longer_abreast(reader)
        self.backlogged.pop(reader, None)
        self.catching_up.discard(reader)
        self.resetting.pop(reader, None)

    def _no_longer_abreast(self, reader: StreamConnection) -> None:
        self.descriptor_version += self.current.pop(reader, None) is not None
