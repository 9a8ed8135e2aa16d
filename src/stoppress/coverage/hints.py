"""Wake-up calls within one process. A hint may be lost; whoever listens also looks for itself every second (law 2)."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)
_listeners: dict[str, list[Callable[[], None]]] = {}

CHANGES = "changes"
"""Rung when a change has been committed to some live blog's log."""
MAIL = "mail"
"""Rung when there is something to send."""


def listen(topic: str, wake: Callable[[], None]) -> Callable[[], None]:
    """Call `wake` (quick, from any thread) on every ring of `topic`; returns a function that stops it."""
    _listeners.setdefault(topic, []).append(wake)
    return lambda: _listeners[topic].remove(wake)


def ring(topic: str) -> None:
    """Wake the listeners of `topic`. Never raises: a lost hint costs a second, never a post."""
    for wake in list(_listeners.get(topic, ())):
        try:
            wake()
        except Exception:
            log.exception("a listener of %s could not be woken", topic)
