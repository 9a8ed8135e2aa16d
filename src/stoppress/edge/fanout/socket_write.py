"""Write the same bytes to thousands of sockets: one `send(2)` each, with the global interpreter lock held throughout.

`socket.send` and `os.write` release the lock for every call and then wait for the thread that took it. A transport's
`write` reads half a dozen objects per reader that are in no processor cache. `ctypes.PyDLL` calls with the lock held,
and `map` takes descriptors out of a list. What remains is the kernel's work (docs/decisions, 008).
"""

import ctypes
from collections.abc import Sequence
from itertools import repeat

INVALID_FD = -1
"""A descriptor to which nothing is sent."""
UNKNOWN_COUNT = -2
"""Returned in place of an unknown number of bytes: the kernel may have taken some."""

_send = ctypes.PyDLL(None).send


def send_all(descriptors: Sequence[int], data: bytes) -> list[int]:
    """Send `data` to each of these non-blocking sockets.

    Returns:
        For each socket the number of bytes that the kernel took; -1 if it took none, because its buffer is full, the
        connection is broken, or the descriptor is INVALID_FD.
    """
    return list(map(_send, descriptors, repeat(ctypes.c_char_p(data)), repeat(ctypes.c_size_t(len(data))), repeat(0)))
