"""The states of a delivery and the legal transitions between them.

The law: **a delivery is in flight before its message leaves, and a message that may have left is never resent
automatically.** An editor may move halted, expired and uncertain deliveries back to pending (transitions/resume.py). A
mailer moves those back that a dead mailer had not started (transitions/settle.py). A delivery begins as pending
(recipients/materialise_recipients.py), or directly in the state that it would reach in the same transaction: in flight
(transitions/claim_subscribers.py) or halted.

    pending ◄─► in flight ──► accepted | refused | uncertain
       │          ▲    │
       │          │    ▼
       │         deferred
       ▼            ▼
    suppressed | halted | expired | superseded          (never sent)
"""

from collections.abc import Mapping

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.errors import IllegalTransitionError

PENDING, IN_FLIGHT, DEFERRED = DeliveryState.PENDING, DeliveryState.IN_FLIGHT, DeliveryState.DEFERRED
ACCEPTED, REFUSED, UNCERTAIN = DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.UNCERTAIN
SUPPRESSED, HALTED = DeliveryState.SUPPRESSED, DeliveryState.HALTED
EXPIRED, SUPERSEDED = DeliveryState.EXPIRED, DeliveryState.SUPERSEDED

STOPPED = frozenset({SUPPRESSED, HALTED, EXPIRED, SUPERSEDED})
"""Never sent: the reader unsubscribed; an editor halted it; it was too late; a newer version is sent instead."""

TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    # Created at Send. It is sent, or it is stopped.
    PENDING: frozenset({IN_FLIGHT}) | STOPPED,
    # Claimed by a mailer and committed as such. Only the server's reply, or its absence, decides what follows. Nothing
    # can stop it here, because its final dot may have been sent. "Deferred" is a 4xx, or a relay that was unavailable.
    # Pending again: its mailer died, and the mailer's journal proves that it had not started on any connection.
    IN_FLIGHT: frozenset({ACCEPTED, REFUSED, DEFERRED, UNCERTAIN, PENDING}),
    # Not sent yet; it waits for its next attempt. Otherwise it is treated like a pending one.
    DEFERRED: frozenset({IN_FLIGHT}) | STOPPED,
    # Final. Later bounces and complaints are stored beside the ledger and change no state.
    ACCEPTED: frozenset(),
    REFUSED: frozenset(),
    # Its mailer died, or the connection broke after the final dot: it may have arrived, so it is not resent
    # automatically. An editor may resend it, and then sees how many readers may get it twice.
    UNCERTAIN: frozenset({PENDING}),
    SUPPRESSED: frozenset(),
    # An editor resumes it, or sends a correction in its place.
    HALTED: frozenset({PENDING, SUPERSEDED}),
    # Never sent. An editor who gives the alert more time resumes it: a clock may have jumped.
    EXPIRED: frozenset({PENDING}),
    SUPERSEDED: frozenset(),
}

WAITING = frozenset({PENDING, DEFERRED})
"""Not sent yet, and will be unless something stops it."""
POSSIBLY_SENT = frozenset({IN_FLIGHT, ACCEPTED, UNCERTAIN})
"""Sent, or possibly sent."""


def check_transition(before: DeliveryState, after: DeliveryState) -> None:
    """Raise IllegalTransitionError unless `after` may follow `before`."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransitionError(before, after)
