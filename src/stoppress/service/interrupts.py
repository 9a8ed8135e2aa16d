"""Ctrl-C while a program is still being loaded: some libraries swallow the exception that it raises there.

`listen()` remembers it, and `heed()` raises it again before anything begins that would run until stopped.
"""

import signal
from types import FrameType

_seen: list[int] = []


def listen() -> None:
    """Remember Ctrl-C from now on. Only for the main thread, and not where Ctrl-C is ignored anyway."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def heed() -> None:
    """Raises KeyboardInterrupt if there was a Ctrl-C."""
    if _seen:
        raise KeyboardInterrupt


def _interrupted(number: int, frame: FrameType | None) -> None:
    _seen.append(number)
    signal.default_int_handler(number, frame)
