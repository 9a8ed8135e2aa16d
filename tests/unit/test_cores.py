"""The thread that is to write is kept off one core, and only until it has written."""

import os
import threading

from stoppress.edge.cores import Cores


def test_a_thread_is_kept_off_the_callers_core_until_it_is_let_go():
    made, stop, found = threading.Event(), threading.Event(), []

    def other() -> None:
        found.append(Cores())
        made.set()
        stop.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    made.wait(10)
    cores, everywhere = found[0], os.sched_getaffinity(0)
    for _ in range(2):
        cores.keep_off_mine()
    assert len(os.sched_getaffinity(cores.thread)) == max(1, len(everywhere) - 1)
    for _ in range(2):
        cores.let_go()
        assert os.sched_getaffinity(cores.thread) == everywhere
    stop.set()
    thread.join()


def test_a_thread_that_may_use_one_core_only_keeps_it():
    everywhere = os.sched_getaffinity(0)
    one = {max(everywhere)}
    os.sched_setaffinity(0, one)
    try:
        cores = Cores()
        cores.keep_off_mine()
        assert os.sched_getaffinity(0) == one
        cores.let_go()
        assert os.sched_getaffinity(0) == one
    finally:
        os.sched_setaffinity(0, everywhere)
