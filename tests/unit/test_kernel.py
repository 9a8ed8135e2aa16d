"""The same bytes to many sockets: what is taken is told one by one, and no other thread gets in between."""

import socket
import threading
import time
from contextlib import closing

from stoppress.edge.kernel import NOWHERE, send_all


def test_each_socket_gets_the_bytes_and_those_who_cannot_take_them_are_told():
    pairs = [socket.socketpair() for _ in range(4)]
    for near, _ in pairs:
        near.setblocking(False)
    full, broken = pairs[1][0], pairs[2][0]
    while send_all([full.fileno()], b"x" * 1000) == [1000]:
        pass
    pairs[2][1].close()
    gone = socket.socket()
    with closing(gone):
        closed = gone.fileno()
    into = [pairs[0][0].fileno(), full.fileno(), broken.fileno(), NOWHERE, closed, pairs[3][0].fileno()]
    assert send_all(into, b"news\0more\n") == [10, -1, -1, -1, -1, 10]
    assert [pairs[number][1].recv(100) for number in (0, 3)] == [b"news\0more\n"] * 2
    for near, far in pairs:
        near.close()
        far.close()


def test_what_is_taken_in_part_is_told_in_bytes():
    listening = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listening.getsockname())
    far, _ = listening.accept()
    near.setblocking(False)
    (taken,) = send_all([near.fileno()], b"x" * 50_000_000)
    assert 0 < taken < 50_000_000
    for one in (near, far, listening):
        one.close()


def test_a_busy_thread_does_not_get_the_lock_between_two_sockets():
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(1000))

    busy = threading.Thread(target=work)
    busy.start()
    begun = time.monotonic()
    send_all([NOWHERE] * 2000, b"news")
    waited = time.monotonic() - begun
    stop.set()
    busy.join()
    assert waited < 1, "giving up the lock for each would cost 5 ms each"
