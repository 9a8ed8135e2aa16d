"""The same bytes to many sockets in one system call: io_submit(2) of Linux.

A write to a socket that may not block is over when io_submit returns: nothing stays under way. What is saved are the
ways in and out of the kernel; and Python's lock is given up once for all of them, so that two threads can send at once.
"""

import ctypes
import errno
import os
import socket
import struct
from array import array
from collections.abc import Callable, Sequence
from functools import partial

from stoppress.edge.fanout.socket_write import INVALID_FD, send_all

SYSCALL_NUMBERS = {"x86_64": (206, 207, 208, 209), "aarch64": (0, 1, 4, 2)}
"""Of the system calls io_setup, io_destroy, io_getevents and io_submit, for which the C library has no functions."""
IOCB_WORDS = 16
"""Words of 32 bits in one order (struct iocb). Those that are used:"""
IOCB_DATA, IOCB_OPCODE, IOCB_FD, IOCB_BUFFER, IOCB_LENGTH = 0, 4, 5, 6, 8
IOCB_CMD_PWRITE = 1
IO_EVENT_WORDS = 4
"""Words of 64 bits in one answer (struct io_event): which one, its order's address, how many bytes or what error."""


class BatchWriter:
    """One thread's way to send to so many sockets at once. Raises OSError where the system does not offer it."""

    def __init__(self, size: int) -> None:
        setup, self._destroy, self._submit, self._getevents = _system_calls()
        context = ctypes.c_ulong(0)
        if setup(size, ctypes.addressof(context), 0, 0, 0) < 0:
            raise OSError(ctypes.get_errno(), "io_setup")
        self._size, self._context = size, context.value
        self._orders = array("i", bytes(4 * IOCB_WORDS * size))
        self._orders[IOCB_DATA::IOCB_WORDS] = array("i", range(size))
        self._orders[IOCB_OPCODE::IOCB_WORDS] = array("i", [IOCB_CMD_PWRITE]) * size
        first = self._orders.buffer_info()[0]
        self._pointers = array("q", range(first, first + 4 * IOCB_WORDS * size, 4 * IOCB_WORDS))
        self._events = array("q", bytes(8 * IO_EVENT_WORDS * size))
        self._try_out()

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        """As kernel.send_all: how many bytes the kernel took, one by one; -1 stands for none at all.

        After an OSError, which leaves open what was taken, and after `close`, it is one call each.
        """
        if not self._context:
            return send_all(descriptors, data)
        if INVALID_FD not in descriptors:
            return self._send(descriptors, data)
        taken = iter(self._send([one for one in descriptors if one != INVALID_FD], data))
        return [-1 if one == INVALID_FD else next(taken) for one in descriptors]

    def close(self) -> None:
        """Give back what the system keeps for this."""
        context, self._context = self._context, 0
        if context:
            self._destroy(context, 0, 0, 0, 0)

    def _try_out(self) -> None:
        """Some systems take the orders and refuse each of them, or answer later."""
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            socket.create_connection(listening.getsockname()) as near,
        ):
            near.setblocking(False)
            try:
                worked = self._send([near.fileno()], b"?") == [1]
            except OSError:
                worked = False
        if not worked:
            self.close()
            raise OSError(errno.ENOSYS, "io_submit does not write to sockets")

    def _send(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        count = len(descriptors)
        if count > self._size:
            raise ValueError(f"{count} sockets; there is room for {self._size}")
        self._write_down(descriptors, data)
        got = self._order(count)
        sizes = self._events[2 : IO_EVENT_WORDS * got : IO_EVENT_WORDS]
        if got == sizes.count(len(data)) == count:
            return [len(data)] * count
        taken = [-1] * count
        for which, size in zip(self._events[0 : IO_EVENT_WORDS * got : IO_EVENT_WORDS], sizes, strict=True):
            taken[which] = max(size, -1)
        return taken

    def _write_down(self, descriptors: Sequence[int], data: bytes) -> None:
        count = len(descriptors)
        where = ctypes.c_void_p.from_buffer(ctypes.c_char_p(data)).value or 0
        low, high = struct.unpack("<ii", struct.pack("<Q", where))
        self._orders[IOCB_FD : IOCB_WORDS * count : IOCB_WORDS] = array("i", descriptors)
        for word, value in ((IOCB_BUFFER, low), (IOCB_BUFFER + 1, high), (IOCB_LENGTH, len(data))):
            self._orders[word : IOCB_WORDS * count : IOCB_WORDS] = array("i", [value]) * count

    def _order(self, count: int) -> int:
        """Have it done; how many orders have an answer. One that is refused (its descriptor is not open) has none."""
        pointers, events = self._pointers.buffer_info()[0], self._events.buffer_info()[0]
        seen = ordered = 0
        while seen < count:
            some = self._submit(self._context, count - seen, pointers + 8 * seen, 0, 0)
            ordered += max(some, 0)
            seen += max(some, 1)
        got: int = self._getevents(self._context, 0, count, events, 0)
        if got != ordered:
            self.close()
            raise OSError(errno.EIO, f"{ordered} writes, {got} answers")
        return got


def _system_calls() -> list[Callable[..., int]]:
    """io_setup, io_destroy, io_submit, io_getevents; each takes five numbers. Only io_submit gives up Python's lock."""
    machine = os.uname()
    numbers = SYSCALL_NUMBERS.get(machine.machine)
    if machine.sysname != "Linux" or numbers is None or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, "io_submit is not known here")
    setup, destroy, getevents, submit = numbers
    kept, given_up = _syscall(ctypes.PyDLL), _syscall(ctypes.CDLL)
    return [partial(kept, setup), partial(kept, destroy), partial(given_up, submit), partial(kept, getevents)]


def _syscall(library: type[ctypes.CDLL]) -> Callable[..., int]:
    function = library(None, use_errno=True)["syscall"]
    function.restype, function.argtypes = ctypes.c_long, [ctypes.c_long] * 6
    return function
