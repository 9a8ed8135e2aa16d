"""Write the same bytes to many sockets in one system call: io_submit(2) of Linux.

A write to a non-blocking socket is complete when io_submit returns: no write stays in progress. One system call takes
the place of one call per socket. The global interpreter lock is released once for all sockets, so that two threads
can send at once.
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
"""Numbers of io_setup, io_destroy, io_getevents and io_submit, for which the C library has no functions."""
IOCB_WORDS = 16
"""32-bit words of a request (struct iocb in linux/aio_abi.h). Indexes of the words that are used:"""
IOCB_DATA, IOCB_OPCODE, IOCB_FD, IOCB_BUFFER, IOCB_LENGTH = 0, 4, 5, 6, 8
IOCB_CMD_PWRITE = 1
IO_EVENT_WORDS = 4
"""64-bit words of a result (struct io_event): the request's data, its address, bytes or negative errno, unused."""


class BatchWriter:
    """Sends the same bytes to many sockets at once. One thread uses it at a time."""

    def __init__(self, size: int) -> None:
        """Reserve the kernel's context and the request structures.

        Args:
            size: maximum number of sockets per call.

        Raises:
            OSError: if the system does not offer io_submit, or not for sockets.
        """
        setup, self._destroy, self._submit, self._getevents = _system_calls()
        context = ctypes.c_ulong(0)
        if setup(size, ctypes.addressof(context), 0, 0, 0) < 0:
            raise OSError(ctypes.get_errno(), "io_setup")
        self._size, self._context = size, context.value
        self._requests = array("i", bytes(4 * IOCB_WORDS * size))
        self._requests[IOCB_DATA::IOCB_WORDS] = array("i", range(size))
        self._requests[IOCB_OPCODE::IOCB_WORDS] = array("i", [IOCB_CMD_PWRITE]) * size
        first = self._requests.buffer_info()[0]
        self._pointers = array("q", range(first, first + 4 * IOCB_WORDS * size, 4 * IOCB_WORDS))
        self._events = array("q", bytes(8 * IO_EVENT_WORDS * size))
        self._check_sockets_supported()

    def send_all(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        """Send `data` to each of these non-blocking sockets; same result as `socket_write.send_all`.

        After `close`, or after an OSError (which leaves the sent bytes unknown), it makes one call per socket.

        Raises:
            OSError: if results are missing.
            ValueError: if there are more sockets than `size`.
        """
        if not self._context:
            return send_all(descriptors, data)
        if INVALID_FD not in descriptors:
            return self._send(descriptors, data)
        counts = iter(self._send([descriptor for descriptor in descriptors if descriptor != INVALID_FD], data))
        return [-1 if descriptor == INVALID_FD else next(counts) for descriptor in descriptors]

    def close(self) -> None:
        """Release the kernel's context."""
        context, self._context = self._context, 0
        if context:
            self._destroy(context, 0, 0, 0, 0)

    def _check_sockets_supported(self) -> None:
        """Send one byte over a socket: some systems accept the requests and reject each, or complete them later."""
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname()) as sender,
        ):
            sender.setblocking(False)
            try:
                is_supported = self._send([sender.fileno()], b"?") == [1]
            except OSError:
                is_supported = False
        if not is_supported:
            self.close()
            raise OSError(errno.ENOSYS, "io_submit does not write to sockets")

    def _send(self, descriptors: Sequence[int], data: bytes) -> list[int]:
        count = len(descriptors)
        if count > self._size:
            raise ValueError(f"at most {self._size} sockets per call, got {count}")
        self._fill_requests(descriptors, data)
        completed = self._submit_requests(count)
        sizes = self._events[2 : IO_EVENT_WORDS * completed : IO_EVENT_WORDS]
        if completed == sizes.count(len(data)) == count:
            return [len(data)] * count
        counts = [-1] * count
        for index, size in zip(self._events[0 : IO_EVENT_WORDS * completed : IO_EVENT_WORDS], sizes, strict=True):
            counts[index] = max(size, -1)
        return counts

    def _fill_requests(self, descriptors: Sequence[int], data: bytes) -> None:
        count = len(descriptors)
        address = ctypes.c_void_p.from_buffer(ctypes.c_char_p(data)).value or 0
        low, high = struct.unpack("<ii", struct.pack("<Q", address))
        self._requests[IOCB_FD : IOCB_WORDS * count : IOCB_WORDS] = array("i", descriptors)
        for word, value in ((IOCB_BUFFER, low), (IOCB_BUFFER + 1, high), (IOCB_LENGTH, len(data))):
            self._requests[word : IOCB_WORDS * count : IOCB_WORDS] = array("i", [value]) * count

    def _submit_requests(self, count: int) -> int:
        """Submit requests and return the number of results. A rejected request (descriptor not open) has no result."""
        pointers, events = self._pointers.buffer_info()[0], self._events.buffer_info()[0]
        processed = accepted = 0
        while processed < count:
            submitted = self._submit(self._context, count - processed, pointers + 8 * processed, 0, 0)
            accepted += max(submitted, 0)
            processed += max(submitted, 1)
        completed: int = self._getevents(self._context, 0, count, events, 0)
        if completed != accepted:
            self.close()
            raise OSError(errno.EIO, f"io_submit: {accepted} writes, but {completed} results")
        return completed


def _system_calls() -> list[Callable[..., int]]:
    """Return io_setup, io_destroy, io_submit and io_getevents; each takes five numbers.

    Only io_submit releases the global interpreter lock.
    """
    machine = os.uname()
    numbers = SYSCALL_NUMBERS.get(machine.machine)
    if machine.sysname != "Linux" or numbers is None or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"io_submit is not supported on {machine.sysname} {machine.machine}")
    setup, destroy, getevents, submit = numbers
    holding, releasing = _syscall_of(ctypes.PyDLL), _syscall_of(ctypes.CDLL)
    return [partial(holding, setup), partial(holding, destroy), partial(releasing, submit), partial(holding, getevents)]


def _syscall_of(library: type[ctypes.CDLL]) -> Callable[..., int]:
    function = library(None, use_errno=True)["syscall"]
    function.restype, function.argtypes = ctypes.c_long, [ctypes.c_long] * 6
    return function
