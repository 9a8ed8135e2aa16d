"""The same bytes to many sockets in one system call: io_submit(2) of Linux.

A write to a socket that may not block is over when io_submit returns: nothing stays under way. What is saved are the
ways in and out of the kernel; and Python's lock is given up once for all of them, so that two threads can send at once.
"""

import ctypes
import errno
import os
import struct
from array import array
from collections.abc import Callable, Sequence
from functools import partial

from stoppress.edge.kernel import NOWHERE

NUMBERS = {"x86_64": (206, 207, 208, 209), "aarch64": (0, 1, 4, 2)}
"""Of the system calls io_setup, io_destroy, io_getevents and io_submit, for which the C library has no functions."""
ORDER = 16
"""Words of 32 bits in one order (struct iocb). Those that are used:"""
WHICH, DEED, DESCRIPTOR, ADDRESS, LENGTH = 0, 4, 5, 6, 8
WRITE = 1
EVENT = 4
"""Words of 64 bits in one answer (struct io_event): which one, its order's address, how many bytes or what error."""


class Batch:
    """One thread's way to send to so many sockets at once. Raises OSError where the system does not offer it."""

    def __init__(self, size: int) -> None:
        setup, self._destroy, self._getevents, self._submit = _system_calls()
        context = ctypes.c_ulong(0)
        if setup(size, ctypes.addressof(context), 0, 0, 0) < 0:
            raise OSError(ctypes.get_errno(), "io_setup")
        self._size, self._context = size, context.value
        self._orders = array("i", bytes(4 * ORDER * size))
        self._orders[WHICH::ORDER] = array("i", range(size))
        self._orders[DEED::ORDER] = array("i", [WRITE]) * size
        first = self._orders.buffer_info()[0]
        self._pointers = array("q", range(first, first + 4 * ORDER * size, 4 * ORDER))
        self._events = array("q", bytes(8 * EVENT * size))

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        """As kernel.send_all: how many bytes the kernel took, one by one; -1 stands for none at all."""
        if NOWHERE in descriptors:
            taken = iter(self._send([one for one in descriptors if one != NOWHERE], data))
            return [-1 if one == NOWHERE else next(taken) for one in descriptors]
        return self._send(descriptors, data)

    def close(self) -> None:
        """Give back what the system keeps for this."""
        self._destroy(self._context, 0, 0, 0, 0)

    def _send(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        count = len(descriptors)
        if count > self._size:
            raise ValueError(f"{count} sockets; there is room for {self._size}")
        self._write_down(descriptors, data)
        got = self._answers(self._order(count))
        sizes = self._events[2 : EVENT * got : EVENT]
        if got == sizes.count(len(data)) == count:
            return [len(data)] * count
        taken = [-1] * count
        for which, size in zip(self._events[0 : EVENT * got : EVENT], sizes, strict=True):
            taken[which] = max(size, -1)
        return taken

    def _write_down(self, descriptors: Sequence[int], data: bytes) -> None:
        count = len(descriptors)
        where = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
        low, high = struct.unpack("<ii", struct.pack("<Q", where))
        self._orders[DESCRIPTOR : ORDER * count : ORDER] = array("i", descriptors)
        for word, value in ((ADDRESS, low), (ADDRESS + 1, high), (LENGTH, len(data))):
            self._orders[word : ORDER * count : ORDER] = array("i", [value]) * count

    def _order(self, count: int) -> int:
        """How many orders were taken. One that is not (its descriptor is not open) is left out."""
        pointers = self._pointers.buffer_info()[0]
        seen = ordered = 0
        while seen < count:
            some = self._submit(self._context, count - seen, pointers + 8 * seen, 0, 0)
            ordered += max(some, 0)
            seen += max(some, 1)
        return ordered

    def _answers(self, wanted: int) -> int:
        """Take as many answers as there are orders: they are there, or (on other kernels than Linux itself) will be."""
        events, got = self._events.buffer_info()[0], 0
        while got < wanted:
            some = self._getevents(self._context, wanted - got, wanted - got, events + 8 * EVENT * got, 0)
            if some < 0 and ctypes.get_errno() != errno.EINTR:
                raise OSError(ctypes.get_errno(), "io_getevents")
            got += max(some, 0)
        return got


def _system_calls() -> list[Callable[..., int]]:
    """The four of them, in the order of NUMBERS; each takes five numbers. Python's lock is given up meanwhile."""
    machine = os.uname()
    numbers = NUMBERS.get(machine.machine)
    if machine.sysname != "Linux" or numbers is None or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, "io_submit")
    syscall = ctypes.CDLL(None, use_errno=True)["syscall"]
    syscall.restype, syscall.argtypes = ctypes.c_long, [ctypes.c_long] * 6
    return [partial(syscall, number) for number in numbers]
