"""The same bytes to thousands of sockets: one `send(2)` each, with Python's lock held from the first to the last.

`socket.send` and `os.write` give up the lock for every call, and then wait for whoever took it; a transport's `write`
looks at half a dozen objects per reader that are in no cache. `ctypes.PyDLL` calls with the lock held, and `map` takes
descriptors out of a list: what is left is the work of the kernel (docs/decisions, 008).
"""

import ctypes
from collections.abc import Sequence
from itertools import repeat

INVALID_FD = -1
"""A descriptor that takes nothing."""
UNKNOWN_COUNT = -2
"""In place of a number of bytes: some may have been taken, but nobody can tell how many."""

_send = ctypes.PyDLL(None).send


def send_all(descriptors: Sequence[int], data: bytes) -> list[int]:
    """Send `data` to each of these sockets, none of which may block; how many bytes the kernel took, one by one.

    -1 stands for none at all: there is no room, the connection is broken, or it is NOWHERE.
    """
    return list(map(_send, descriptors, repeat(ctypes.c_char_p(data)), repeat(ctypes.c_size_t(len(data))), repeat(0)))
