"""Wake-up calls, within one process and, by carriers, to others. A hint may be lost; whoever listens also looks for

itself every second (law 2).
"""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)
_listeners: dict[str, list[Callable[[], None]]] = {}
_carriers: list[Callable[[str], None]] = []

CHANGES = "changes"
"""Rung when a change has been committed to some live blog's log."""
MAIL = "mail"
"""Rung when there is something to send."""
INTERACTIVE_WRITE = "writing"
"""Rung when somebody of the newsroom begins to save something: on this machine, who can wait should."""
PIPE_BYTES = {MAIL: b"\n", CHANGES: b"+", INTERACTIVE_WRITE: b"."}
"""How a process tells its child, on the child's standard input."""


def listen(topic: str, wake: Callable[[], None]) -> Callable[[], None]:
    """Call `wake` (from any thread) on every ring of `topic`; returns a function that stops it.

    Who rings waits for it: it may read what it was rung for, and must not take long.
    """
    _listeners.setdefault(topic, []).append(wake)
    return lambda: _listeners[topic].remove(wake)


def add_transport(take: Callable[[str], None]) -> Callable[[], None]:
    """Have every ring of this process taken to others by `take(topic)`; returns a function that stops it."""
    _carriers.append(take)
    return lambda: _carriers.remove(take)


def notify(topic: str) -> None:
    """Wake the listeners of `topic` here and elsewhere. Never raises: a lost hint costs a second, never a post."""
    for take in list(_carriers):
        try:
            take(topic)
        except Exception:
            log.exception("a hint of %s could not be carried to other processes", topic)
    notify_local(topic)


def notify_local(topic: str) -> None:
    """Wake the listeners of this process only: for what has been carried here."""
    for wake in list(_listeners.get(topic, ())):
        try:
            wake()
        except Exception:
            log.exception("a listener of %s could not be woken", topic)
