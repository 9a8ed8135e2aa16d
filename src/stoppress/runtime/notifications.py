"""Wake-up notifications within this process and, through transports, to other processes.

A notification is a hint and may be lost. So every listener also polls for new work each second (law 2).
"""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)
_listeners: dict[str, list[Callable[[], None]]] = {}
_transports: list[Callable[[str], None]] = []

CHANGES = "changes"
"""A change was committed to the log of a live blog."""
MAIL = "mail"
"""There is mail to send."""
INTERACTIVE_WRITE = "writing"
"""A member of the newsroom starts to save something: background work on this machine should pause."""
PIPE_BYTES = {MAIL: b"\n", CHANGES: b"+", INTERACTIVE_WRITE: b"."}
"""The byte that a process writes to the standard input of a child process for each event."""


def listen(event: str, callback: Callable[[], None]) -> Callable[[], None]:
    """Call `callback` on every notification of `event`.

    Args:
        event: CHANGES, MAIL or INTERACTIVE_WRITE.
        callback: Called in the thread that notifies, which waits for it. It may read new data but must be quick.

    Returns:
        A function that removes the listener.
    """
    _listeners.setdefault(event, []).append(callback)
    return lambda: _listeners[event].remove(callback)


def add_transport(send: Callable[[str], None]) -> Callable[[], None]:
    """Pass every notification of this process to `send(event)`, which sends it to other processes.

    Returns:
        A function that removes the transport.
    """
    _transports.append(send)
    return lambda: _transports.remove(send)


def notify(event: str) -> None:
    """Wake the listeners of `event` in this process and others.

    Never raises: a lost notification costs a second, not a post.
    """
    for send in list(_transports):
        try:
            send(event)
        except Exception:
            log.exception("notification %s: a transport to other processes failed", event)
    notify_local(event)


def notify_local(event: str) -> None:
    """Wake the listeners of this process only, for a notification received from another process. Never raises."""
    for callback in list(_listeners.get(event, ())):
        try:
            callback()
        except Exception:
            log.exception("notification %s: a listener failed", event)
