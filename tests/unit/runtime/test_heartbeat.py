"""When a child counts as hung: seconds of silence by the supervisor's clock, without those in which it was paused."""

import signal
import socket
import subprocess
import sys
import time

from stoppress.runtime.processes.child_process import BeatReceiver
from stoppress.runtime.processes.stop_signal import stop_signals

PROGRAM = """
import threading, time
from stoppress.runtime.processes.heartbeat import Heartbeat
heartbeat = Heartbeat(b".", max_start_seconds=1000.0)
heartbeat.start()
assert heartbeat.is_supervised is {supervised}
heartbeat.check_in({within})
time.sleep(2.5)
"""


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def check_until(receiver: BeatReceiver, clock: Clock, seconds: float) -> str:
    """Check twice a second for some seconds; return the first fault."""
    end = clock.now + seconds
    while clock.now < end:
        clock.now += 0.5
        if fault := receiver.find_fault():
            return fault
    return ""


def test_child_counts_as_hung_after_five_seconds_without_a_beat() -> None:
    clock = Clock()
    receiver = BeatReceiver(clock)
    receiver.data_received(b".")
    assert check_until(receiver, clock, 5.0) == ""
    assert "no heartbeat for 5 s" in check_until(receiver, clock, 0.5)


def test_child_counts_as_hung_when_one_of_its_two_processes_is_silent() -> None:
    clock = Clock()
    receiver = BeatReceiver(clock)
    receiver.data_received(b".l")
    for _ in range(5):
        assert check_until(receiver, clock, 1.0) == ""
        receiver.data_received(b".")
    assert "no heartbeat" in check_until(receiver, clock, 0.5)


def test_child_that_was_asked_to_stop_does_not_count_as_hung() -> None:
    clock = Clock()
    receiver = BeatReceiver(clock)
    receiver.data_received(b".")
    receiver.connection_lost(None)  # the supervisor closed the socket: no beat can arrive any more
    assert check_until(receiver, clock, 15.0) == ""


def test_child_has_thirty_seconds_until_its_first_beat() -> None:
    clock = Clock()
    receiver = BeatReceiver(clock)
    assert check_until(receiver, clock, 30.0) == ""
    assert "after its start" in check_until(receiver, clock, 0.5)


def test_child_counts_as_hung_at_once_when_its_main_loop_is_stalled() -> None:
    clock = Clock()
    receiver = BeatReceiver(clock)
    receiver.data_received(b".!.")
    assert "main loop" in check_until(receiver, clock, 0.5)


def test_silence_does_not_count_when_the_supervisor_itself_was_paused() -> None:
    clock = Clock()
    receiver = BeatReceiver(clock)
    receiver.data_received(b".l")
    assert check_until(receiver, clock, 4.5) == ""
    clock.now += 3600.0  # the machine was suspended
    assert receiver.find_fault() == ""
    assert check_until(receiver, clock, 4.5) == ""
    assert "no heartbeat" in check_until(receiver, clock, 1.0)


def test_start_is_not_cut_short_when_the_supervisor_itself_was_paused() -> None:
    clock = Clock()
    receiver = BeatReceiver(clock)
    assert check_until(receiver, clock, 10.0) == ""
    clock.now += 3600.0
    assert check_until(receiver, clock, 19.0) == ""


def received_beats(within: str, pause: float = 0.0) -> bytes:
    """Run a child process for 2.5 s, stopped for a part of them; return the bytes that it sent."""
    own_end, child_end = socket.socketpair()
    program = PROGRAM.format(within=within, supervised=True)
    with own_end, subprocess.Popen([sys.executable, "-c", program], stdin=child_end) as child:
        child_end.close()
        received = own_end.recv(1)
        if pause:
            child.send_signal(signal.SIGSTOP)
            time.sleep(pause)
            child.send_signal(signal.SIGCONT)
        while more := own_end.recv(100):
            received += more
        assert child.wait() == 0
    return received


def test_heartbeat_reports_a_main_loop_that_does_not_check_in() -> None:
    received = received_beats(within="1.5")
    assert received.startswith(b".") and received.endswith(b"!")


def test_heartbeat_reports_no_stall_after_the_process_was_stopped_for_a_while() -> None:
    assert set(received_beats(within="2.2", pause=2.5)) == {ord(".")}


def test_heartbeat_is_silent_without_a_supervisor() -> None:
    program = PROGRAM.format(within="0.0", supervised=False).replace("time.sleep(2.5)", "")
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as child:
        assert child.wait(60) == 0


def test_hang_up_stops_a_process_unless_it_is_ignored() -> None:
    before = signal.getsignal(signal.SIGHUP)
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        assert set(stop_signals()) == {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        assert set(stop_signals()) == {signal.SIGTERM, signal.SIGINT}
    finally:
        signal.signal(signal.SIGHUP, before)
