"""The transitions of stream connections, against a list that is written by hand and not derived from the table."""

from itertools import product

import pytest

from stoppress.edge.live.connection_states import (
    ConnectionEvent,
    ConnectionState,
    IllegalConnectionTransitionError,
    next_state,
)

PAIRS = list(product(ConnectionState, ConnectionEvent))
UNCHANGED_BY = {
    "current": "change_published",
    "backlogged": "change_published write_blocked",
    "catching_up": "change_published large_change_published write_blocked drained frames_available",
    "backfilling": "change_published large_change_published write_blocked drained frames_missing",
    "ahead": "change_published large_change_published write_blocked drained cursor_ahead",
    "resetting": "change_published large_change_published write_blocked drained reset",
    "closed": "",
}
CLOSED_BY = {
    "current": "sent_bytes_unknown disconnected",
    "backlogged": "backlog_exceeded sent_bytes_unknown disconnected",
    "catching_up": "backlog_exceeded disconnected",
    "backfilling": "backlog_exceeded disconnected",
    "ahead": "backlog_exceeded disconnected",
    "resetting": "backlog_exceeded disconnected",
}
MOVES = """
    current + write_blocked = backlogged            backlogged + drained = current
    current + large_change_published = catching_up  backlogged + large_change_published = catching_up
    catching_up + all_sent = current                ahead + all_sent = current
    catching_up + all_queued = backlogged           ahead + all_queued = backlogged
    catching_up + frames_missing = backfilling      ahead + frames_missing = backfilling
    catching_up + cursor_ahead = ahead              ahead + frames_available = catching_up
    backfilling + frames_available = catching_up    backfilling + reset = resetting
    current + reset = resetting                     backlogged + reset = resetting
    catching_up + reset = resetting                 ahead + reset = resetting
"""


def expected_state(state: str, event: str) -> str | None:
    """Return the state that must follow; None if the event must raise."""
    if event in UNCHANGED_BY[state].split():
        return state
    if event in CLOSED_BY.get(state, "").split():
        return "closed"
    words = MOVES.split()
    moves = {(words[at], words[at + 2]): words[at + 4] for at in range(0, len(words), 5)}
    return moves.get((state, event))


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_event_leads_to_the_expected_state_or_raises(state, event):
    after = expected_state(state, event)
    if after is None:
        with pytest.raises(IllegalConnectionTransitionError, match=f"event {event} is not possible .* {state}"):
            next_state(state, event)
    else:
        assert next_state(state, event) == after


def test_expectations_name_every_state_and_event():
    legal = [(state, event) for state, event in PAIRS if expected_state(state, event)]
    assert len(legal) == 54 and sorted(UNCHANGED_BY) == sorted(ConnectionState)
    assert {event for _, event in legal} == set(ConnectionEvent)


def test_connection_becomes_current_only_when_the_kernel_has_taken_every_byte():
    arrivals = {(state, event) for state, event in PAIRS if expected_state(state, event) == "current" != state}
    assert {event for _, event in arrivals} == {ConnectionEvent.ALL_SENT, ConnectionEvent.DRAINED}
    assert {state for state, event in arrivals if event is ConnectionEvent.DRAINED} == {ConnectionState.BACKLOGGED}
