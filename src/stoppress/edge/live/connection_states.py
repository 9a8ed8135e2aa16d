"""The states of a stream connection, and the events that move it from one state to another.

The rule: **a current connection has been sent every change of its channel, and the kernel has taken every byte.** Only
then may a change be sent to the descriptor of its socket, past the transport. Every other state needs a decision per
connection, and the hub takes it when an event arrives.

                       ┌──────── write blocked, drained ────────┐
                       ▼                                        ▼
    joined ─► catching up ─► current ◄───────────────────► backlogged
               ▲      ▲         │ large change                  │ large change
               │      └─────────┴───────────────────────────────┘
               ├──► backfilling ◄──┐
               └──► ahead ─────────┘

    any of them ─► resetting (the page must be loaded again) ─► closed
"""

from collections.abc import Mapping
from enum import StrEnum


class ConnectionState(StrEnum):
    """What a stream connection needs next."""

    CURRENT = "current"
    """It has everything: the next change is sent to its descriptor."""
    BACKLOGGED = "backlogged"
    """It has been written everything, but the kernel has not taken all bytes: the transport holds the rest."""
    CATCHING_UP = "catching_up"
    """It is sent chunks of the replay buffer, each when the kernel has taken the one before. The initial state."""
    BACKFILLING = "backfilling"
    """It waits for frames that the replay buffer lacks and that are read from the database."""
    AHEAD = "ahead"
    """Its cursor is beyond the channel: another process has followed the log faster. It waits for the channel."""
    RESETTING = "resetting"
    """It was sent a reset: its page loads again. Until then it gets changes, but no figure counts it."""
    CLOSED = "closed"
    """It has left its channel. Nothing is written any more."""


class ConnectionEvent(StrEnum):
    """What happens to a stream connection."""

    CHANGE_PUBLISHED = "change_published"
    """A change was published; one write carries it. It changes no state, so the hub applies it to no connection."""
    LARGE_CHANGE_PUBLISHED = "large_change_published"
    """Too many changes for one write were published at once: each connection gets them in chunks."""
    ALL_SENT = "all_sent"
    """Every change has been written, and the kernel has taken it."""
    ALL_QUEUED = "all_queued"
    """Every change has been written, and the transport still holds a part."""
    WRITE_BLOCKED = "write_blocked"
    """The kernel did not take all bytes of a write."""
    DRAINED = "drained"
    """The kernel has taken what the transport held."""
    FRAMES_AVAILABLE = "frames_available"
    """The replay buffer holds the frames after the connection's cursor: they were there, or have been loaded."""
    FRAMES_MISSING = "frames_missing"
    """The replay buffer begins after the connection's cursor."""
    CURSOR_AHEAD = "cursor_ahead"
    """The connection's cursor is beyond the end of the replay buffer."""
    RESET = "reset"
    """The connection cannot continue: other epoch, too many changes missed, or frames that the log has lost."""
    BACKLOG_EXCEEDED = "backlog_exceeded"
    """Too many bytes are unsent, or the client has taken nothing for too long."""
    SENT_BYTES_UNKNOWN = "sent_bytes_unknown"
    """A send to the descriptor failed in such a way that the number of bytes taken is unknown."""
    DISCONNECTED = "disconnected"
    """The client left, sent too much, or was sent a goodbye."""


class IllegalConnectionTransitionError(RuntimeError):
    """An event is not possible in the state of a connection: a defect of the hub."""

    def __init__(self, state: ConnectionState, event: ConnectionEvent) -> None:
        self.state, self.event = state, event
        super().__init__(f"event {event} is not possible for a stream connection that is {state}")


State, Event = ConnectionState, ConnectionEvent

TRANSITIONS: Mapping[ConnectionState, Mapping[ConnectionEvent, ConnectionState]] = {
    State.CURRENT: {
        # One write to its descriptor, and it is current again: no call per connection (9,000 of them for each change).
        Event.CHANGE_PUBLISHED: State.CURRENT,
        Event.LARGE_CHANGE_PUBLISHED: State.CATCHING_UP,
        Event.WRITE_BLOCKED: State.BACKLOGGED,
        Event.RESET: State.RESETTING,
        Event.SENT_BYTES_UNKNOWN: State.CLOSED,
        Event.DISCONNECTED: State.CLOSED,
    },
    State.BACKLOGGED: {
        # The transport appends the change to its unsent bytes, so the order of bytes is kept.
        Event.CHANGE_PUBLISHED: State.BACKLOGGED,
        Event.LARGE_CHANGE_PUBLISHED: State.CATCHING_UP,
        Event.WRITE_BLOCKED: State.BACKLOGGED,
        Event.DRAINED: State.CURRENT,
        Event.RESET: State.RESETTING,
        Event.BACKLOG_EXCEEDED: State.CLOSED,
        Event.SENT_BYTES_UNKNOWN: State.CLOSED,
        Event.DISCONNECTED: State.CLOSED,
    },
    State.CATCHING_UP: {
        # New changes are appended to the replay buffer and reach the connection from there.
        Event.CHANGE_PUBLISHED: State.CATCHING_UP,
        Event.LARGE_CHANGE_PUBLISHED: State.CATCHING_UP,
        # A chunk was not taken at once; the next one is written when it is drained.
        Event.WRITE_BLOCKED: State.CATCHING_UP,
        Event.DRAINED: State.CATCHING_UP,
        Event.FRAMES_AVAILABLE: State.CATCHING_UP,
        Event.FRAMES_MISSING: State.BACKFILLING,
        Event.CURSOR_AHEAD: State.AHEAD,
        Event.ALL_SENT: State.CURRENT,
        Event.ALL_QUEUED: State.BACKLOGGED,
        Event.RESET: State.RESETTING,
        Event.BACKLOG_EXCEEDED: State.CLOSED,
        Event.DISCONNECTED: State.CLOSED,
    },
    State.BACKFILLING: {
        Event.CHANGE_PUBLISHED: State.BACKFILLING,
        Event.LARGE_CHANGE_PUBLISHED: State.BACKFILLING,
        # The first bytes of the response, or a heartbeat, may be unsent while the database is read.
        Event.WRITE_BLOCKED: State.BACKFILLING,
        Event.DRAINED: State.BACKFILLING,
        Event.FRAMES_AVAILABLE: State.CATCHING_UP,
        # A post was edited while the database was read, so its older frames were discarded: read again.
        Event.FRAMES_MISSING: State.BACKFILLING,
        Event.RESET: State.RESETTING,
        Event.BACKLOG_EXCEEDED: State.CLOSED,
        Event.DISCONNECTED: State.CLOSED,
    },
    State.AHEAD: {
        # After each change the hub compares the cursors, and the events below follow.
        Event.CHANGE_PUBLISHED: State.AHEAD,
        Event.LARGE_CHANGE_PUBLISHED: State.AHEAD,
        Event.WRITE_BLOCKED: State.AHEAD,
        Event.DRAINED: State.AHEAD,
        # The channel has passed the cursor …
        Event.FRAMES_AVAILABLE: State.CATCHING_UP,
        Event.FRAMES_MISSING: State.BACKFILLING,
        # … has not reached it …
        Event.CURSOR_AHEAD: State.AHEAD,
        # … or is exactly at it.
        Event.ALL_SENT: State.CURRENT,
        Event.ALL_QUEUED: State.BACKLOGGED,
        Event.RESET: State.RESETTING,
        Event.BACKLOG_EXCEEDED: State.CLOSED,
        Event.DISCONNECTED: State.CLOSED,
    },
    State.RESETTING: {
        # Most clients reload within a moment. The others still get changes, but never become current.
        Event.CHANGE_PUBLISHED: State.RESETTING,
        Event.LARGE_CHANGE_PUBLISHED: State.RESETTING,
        Event.WRITE_BLOCKED: State.RESETTING,
        Event.DRAINED: State.RESETTING,
        Event.RESET: State.RESETTING,
        Event.BACKLOG_EXCEEDED: State.CLOSED,
        Event.DISCONNECTED: State.CLOSED,
    },
    # The end: the client returns on a new connection.
    State.CLOSED: {},
}


def next_state(state: ConnectionState, event: ConnectionEvent) -> ConnectionState:
    """Return the state that follows `event`.

    Raises:
        IllegalConnectionTransitionError: if the table does not contain the event for this state.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalConnectionTransitionError(state, event) from None
