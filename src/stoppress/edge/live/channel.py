"""The connections that follow one live blog, grouped by what the next change costs to deliver."""

from stoppress.coverage.public_state import Cursor
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.connection_states import ConnectionEvent, ConnectionState, next_state
from stoppress.edge.live.delivery_latency import DeliveryLatency
from stoppress.edge.live.replay_buffer import ReplayBuffer


class Channel:
    """The connections of one live blog and its newest frames."""

    __slots__ = (
        "_groups",
        "backlogged",
        "catching_up",
        "current",
        "descriptor_version",
        "edit_version",
        "epoch",
        "is_backfilling",
        "latency",
        "replay_buffer",
        "resetting",
        "slug",
    )

    def __init__(self, slug: str, cursor: Cursor, now: float) -> None:
        """Create an empty channel.

        Args:
            slug: the live blog.
            cursor: position of its log.
            now: seconds on the hub's clock.
        """
        self.slug, self.epoch = slug, cursor.epoch
        self.replay_buffer = ReplayBuffer(cursor.seq)
        self.current: dict[StreamConnection, int] = {}
        """Connections that are current, with their descriptors: a descriptor stays open while it is in this mapping.

        They are in the order in which they joined: the kernel has their sockets in the same order and finds them
        faster.
        """
        self.backlogged: dict[StreamConnection, None] = {}
        self.catching_up: dict[StreamConnection, None] = {}
        """Connections that are catching up, backfilling or ahead."""
        self.resetting: dict[StreamConnection, None] = {}
        self._groups = {
            ConnectionState.BACKLOGGED: self.backlogged,
            ConnectionState.CATCHING_UP: self.catching_up,
            ConnectionState.BACKFILLING: self.catching_up,
            ConnectionState.AHEAD: self.catching_up,
            ConnectionState.RESETTING: self.resetting,
        }
        self.descriptor_version = 0
        """Incremented when a connection stops being current, to detect a stale copy of the descriptors."""
        self.is_backfilling = False
        self.edit_version = 0
        """Incremented when earlier frames become outdated, to detect frames that were read before that."""
        self.latency = DeliveryLatency(cursor.seq, now)
        """How the newest change reaches the connections."""

    @property
    def cursor(self) -> Cursor:
        """Return the position of the current connections."""
        return Cursor(self.epoch, self.replay_buffer.end)

    @property
    def reader_count(self) -> int:
        """Return the number of open connections."""
        return self.audience_size + len(self.resetting)

    @property
    def audience_size(self) -> int:
        """Return the number of connections that the next change can bring up to date."""
        return len(self.current) + len(self.backlogged) + len(self.catching_up)

    @property
    def current_count(self) -> int:
        """Return the number of connections whose kernel buffer or client has the newest change."""
        return len(self.current)

    def add(self, connection: StreamConnection, seq: int) -> None:
        """Add a new connection, which has the changes up to `seq`."""
        connection.channel, connection.seq = self, seq
        self.catching_up[connection] = None

    def apply(self, connection: StreamConnection, event: ConnectionEvent) -> None:
        """Move a connection to the state that follows `event`, and to the group of that state.

        Raises:
            IllegalConnectionTransitionError: if the event is not possible in the connection's state.
        """
        before, after = connection.state, next_state(connection.state, event)
        if after is before:
            return
        connection.state = after
        if before is ConnectionState.CURRENT:
            del self.current[connection]
            self.descriptor_version += 1
        else:
            del self._groups[before][connection]
        if after is ConnectionState.CURRENT:
            self.current[connection] = connection.descriptor
        elif after is not ConnectionState.CLOSED:
            self._groups[after][connection] = None
        if after in (ConnectionState.CURRENT, ConnectionState.BACKLOGGED):
            connection.seq = 0
        elif after in (ConnectionState.RESETTING, ConnectionState.CLOSED):
            self._drop_pending_change(connection)

    def _drop_pending_change(self, connection: StreamConnection) -> None:
        """Remove the connection from the audience of the change that it will not get here."""
        if connection.pending_change:
            connection.pending_change.audience_size -= 1
            connection.pending_change = None
