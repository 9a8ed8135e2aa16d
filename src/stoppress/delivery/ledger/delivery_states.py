"""The states of a delivery and the legal moves between them.

The law: **a delivery is in flight before its message leaves, and whatever has left is never sent again by itself.**
An editor's word (resuming.py) takes what was halted, expired, or is uncertain, back to pending; a successor what a
dead mailer never began (settling.py). A row begins as pending
(freezing.py), or where it would be in the same transaction: in flight, suppressed (boarding.py) or halted.

    pending ◄─► in flight ──► accepted | refused | uncertain
       │          ▲    │
       │          │    ▼
       │         deferred
       ▼            ▼
    suppressed | halted | expired | superseded          (it never left, and never will)
"""

from collections.abc import Mapping

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import IllegalTransitionError

PENDING, IN_FLIGHT, DEFERRED = DeliveryState.PENDING, DeliveryState.IN_FLIGHT, DeliveryState.DEFERRED
ACCEPTED, REFUSED, UNCERTAIN = DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.UNCERTAIN
SUPPRESSED, HALTED = DeliveryState.SUPPRESSED, DeliveryState.HALTED
EXPIRED, SUPERSEDED = DeliveryState.EXPIRED, DeliveryState.SUPERSEDED

STOPPED = frozenset({SUPPRESSED, HALTED, EXPIRED, SUPERSEDED})
"""Never left: the reader left; an editor stopped it; it was too late; a newer version goes instead."""

TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    # Written down at Send. It leaves, or it is stopped.
    PENDING: frozenset({IN_FLIGHT}) | STOPPED,
    # Taken up by a mailer and committed as such. Only the server's reply, or its absence, says what comes next; nothing
    # can stop it here, since its last dot may have been said. "Deferred" is a 4xx, or a relay that was not there.
    # Pending again: its mailer died, and the mailer's journal proves that it had not begun on any connection.
    IN_FLIGHT: frozenset({ACCEPTED, REFUSED, DEFERRED, UNCERTAIN, PENDING}),
    # Did not leave yet and waits for its next try; for all the rest it is like a pending one.
    DEFERRED: frozenset({IN_FLIGHT}) | STOPPED,
    # The ends. Bounces and complaints that come later are facts of their own, beside the ledger.
    ACCEPTED: frozenset(),
    REFUSED: frozenset(),
    # Its mailer died, or the connection broke after the last dot: it may have arrived, so it is not sent again unasked.
    # Only an editor, told how many may get it twice, has it sent again.
    UNCERTAIN: frozenset({PENDING}),
    SUPPRESSED: frozenset(),
    # An editor lets it go on, or sends a correction in its place.
    HALTED: frozenset({PENDING, SUPERSEDED}),
    # It never left. An editor who gives the alert more time lets it go on: a clock may have leapt.
    EXPIRED: frozenset({PENDING}),
    SUPERSEDED: frozenset(),
}

WAITING = frozenset({PENDING, DEFERRED})
"""Has not left, and would if nothing stops it."""
POSSIBLY_SENT = frozenset({IN_FLIGHT, ACCEPTED, UNCERTAIN})
"""Has left, or may have."""


def check_transition(before: DeliveryState, after: DeliveryState) -> None:
    """Raises IllegalMove unless `after` may follow `before`."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransitionError(before, after)
