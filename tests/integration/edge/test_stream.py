"""The stream over a real socket: catching up, order, reset, goodbye, and refused requests."""

import http.client
import json
import socket
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from stoppress.coverage import actions
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.fanout.socket_write import INVALID_FD
from stoppress.edge.follower import log_follower
from stoppress.edge.live import hub
from stoppress.edge.live.change_reader import CommittedChanges, read_changes_after
from stoppress.edge.live.connection import StreamConnection
from stoppress.runtime import notifications
from tests.support.clocks import Clock
from tests.support.sse_listener import SLUG
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def post(clock: Clock, text: str = "Ferry waits") -> Any:
    return actions.publish(SLUG, Content(headline=text), by="tom", now=clock.tick())


def cursor(seq: int) -> str:
    return f"{find_blog(SLUG).epoch}-{seq}"


def test_stream_begins_with_its_position_and_sends_each_change(listen, clock):
    reader = listen()
    assert reader.response.status == 200
    assert reader.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    first = reader.read_event()
    assert (first.event, first.id) == ("hello", cursor(1))
    made = post(clock)
    change = reader.read_event()
    assert (change.event, change.id, change.data["seq"]) == ("change", cursor(2), 2)
    assert change.data["kind"] == "published" and change.data["post"] == str(made.pk)
    assert "Ferry waits" in change.data["html"]


def test_stream_sends_each_missed_change_once_and_in_order_when_the_reader_returns(listen, clock):
    for number in range(5):
        post(clock, f"Line {number}")
    reader = listen(f"?after={cursor(2)}")
    assert reader.read_event().id == cursor(2)
    post(clock, "Newest")
    assert [reader.read_event().data["seq"] for _ in range(5)] == [3, 4, 5, 6, 7]


def test_last_event_id_overrides_the_query(listen, clock):
    post(clock)
    post(clock)
    reader = listen(f"?after={cursor(1)}", **{"Last-Event-ID": cursor(2)})
    assert [reader.read_event().id, reader.read_event().id] == [cursor(2), cursor(3)]


@pytest.mark.parametrize("query", ["?after=deadbeef-1", "?after=nonsense", "?after=%00", "?after=deadbeef-" + "9" * 40])
def test_stream_resets_when_the_cursor_is_malformed_or_of_another_epoch(listen, query):
    reader = listen(query)
    hello, reset = reader.read_event(), reader.read_event()
    assert [hello.event, reset.event] == ["hello", "reset"]
    assert hello.id == hello.data["cursor"] == reset.id == cursor(1)


def test_stream_resets_when_the_cursor_is_beyond_the_log(listen):
    reader = listen(f"?after={cursor(999)}")
    assert [reader.read_event().event, reader.read_event().event] == ["hello", "reset"]


def test_stream_continues_when_a_reset_client_only_reconnects(listen, clock):
    reader = listen(f"?after={cursor(999)}")
    reader.read_event()
    returned = listen(f"?after={cursor(999)}", **{"Last-Event-ID": reader.read_event().id})
    assert returned.read_event().event == "hello"
    post(clock)
    assert returned.read_event().id == cursor(2)


@pytest.mark.parametrize(
    ("query", "last_id", "resumed"),
    [("", "", 0), ("?after={}", "", 0), ("?after={}&again=1", "", 1), ("?after={}", "{}", 1), ("?again=1", "", 0)],
)
def test_stream_counts_as_resumed_when_the_reader_had_one_before(listen, serving, query, last_id, resumed):
    headers = {"Last-Event-ID": last_id.format(cursor(1))} if last_id else {}
    listen(query.format(cursor(1)), **headers).read_event()
    assert serving.server._follower.hub.counters.resumed == resumed


def test_stream_resets_when_the_reader_missed_too_many_changes(listen, clock, monkeypatch):
    for _ in range(6):
        post(clock)
    monkeypatch.setattr(hub, "MAX_REPLAYED_CHANGES", 3)
    wait_until(lambda: log_positions.last_known()[SLUG].seq == 7)
    reader = listen(f"?after={cursor(1)}")
    assert [reader.read_event().event, reader.read_event().event] == ["hello", "reset"]


def test_stream_resets_when_the_log_gets_a_new_epoch(listen, clock):
    reader = listen()
    reader.read_event()
    head = {"headline": "Storm", "standfirst": "", "zone": "Europe/Oslo"}
    actions.edit_blog(SLUG, **head, by="ines", now=clock.tick())
    assert reader.read_event().event == "reset"


def test_stream_resets_when_the_epoch_changes_during_a_poll(listen, clock, monkeypatch):
    stream = listen()
    stream.read_event()
    old = log_positions.read_all()
    beyond = log_positions.LogPositions({SLUG: Cursor(old.cursors[SLUG].epoch, 99)}, old.read_at)
    monkeypatch.setattr(log_positions, "read_all", lambda: beyond)
    actions.edit_blog(SLUG, headline="Storm", standfirst="", zone="Asia/Tokyo", by="ines", now=clock.tick())
    assert stream.read_event().event == "reset"


def test_stream_ends_with_a_reconnect_delay_when_the_server_stops(listen, serving):
    reader = listen()
    reader.read_event()
    serving.stop()
    last = reader.read_event()
    assert last.event == "bye" and 0 < last.data["wait"] < 10
    assert (
        last.retry and abs(last.retry - 1000 * last.data["wait"]) < 100
    )  # for an EventSource that does not handle bye
    assert reader.response.read() == b""


def test_hub_forgets_a_connection_when_the_client_leaves(listen, serving):
    reader = listen()
    reader.read_event()
    assert serving.readers == 1
    reader.close()
    wait_until(lambda: serving.readers == 0)
    assert not serving.server.server_state.connections


def test_connection_is_dropped_when_its_client_stops_reading_and_others_continue(listen, serving, clock, monkeypatch):
    stalled = socket.create_connection(("127.0.0.1", serving.port))
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.sendall(f"GET /live/{SLUG}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    reader = listen()
    reader.read_event()
    wait_until(lambda: serving.readers == 2)
    body = "<p>" + "The sea is over the wall. " * 3000 + "</p>"
    for number in range(12):
        actions.publish(SLUG, Content(headline=f"Line {number}", body=body), by="tom", now=clock.tick())
        assert reader.read_event().data["title"] == f"Line {number}"
    wait_until(lambda: serving.readers == 1)
    stalled.close()


def test_connection_is_aborted_when_the_goodbye_is_not_taken(listen, serving):
    class Stalled:
        unsent, aborted = 0, False

        def write(self, data: bytes) -> None:
            self.unsent += len(data)

        def get_write_buffer_size(self) -> int:
            return self.unsent

        def abort(self) -> None:
            self.aborted = True

    transport: Any = Stalled()
    StreamConnection(transport, INVALID_FD, serving.server._follower.hub).end(b"bye")
    assert transport.aborted


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("/live/no-such-blog/stream", {}, 404),
        (f"/live/{SLUG}/stream", {"Host": "evil.example"}, 400),
        (f"/live/{SLUG}/stream", {"Content-Length": "3"}, 503),
    ],
)
def test_request_is_answered_by_django_when_it_is_not_a_plain_stream(blog, serving, address, headers, status):
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    connection.putrequest("GET", address, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(b"abc" if "Content-Length" in headers else None)
    assert connection.getresponse().status == status
    connection.close()


def test_bytes_after_a_stream_request_are_ignored(blog, serving):
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as connection:
        request = f"GET /live/{SLUG}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall((request + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").encode())
        answer = b""
        while b"event: hello" not in answer:
            answer += connection.recv(65536)
        assert answer.count(b"HTTP/1.1") == 1 and b"text/event-stream" in answer


def test_stream_request_is_refused_when_an_earlier_response_is_unfinished(blog, serving):
    with socket.create_connection(("127.0.0.1", serving.port)) as connection:
        connection.settimeout(10)
        first = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall((first + f"GET /live/{SLUG}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n").encode())
        answer = b""
        until = time.monotonic() + 5
        while answer.count(b"HTTP/1.1") < 2 and time.monotonic() < until:
            answer += connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200") and b"HTTP/1.1 503" in answer


def get(serving: Serving, address: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    connection.request("GET", address, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_polling_returns_the_same_changes_and_a_small_empty_answer(blog, serving, clock):
    gone = post(clock)
    actions.withdraw(SLUG, gone.pk, note="Not so.", by="ines", now=clock.tick())
    response, body = get(serving, f"/live/{SLUG}/changes/{cursor(1)}")
    found = json.loads(body)
    assert [change["seq"] for change in found["changes"]] == [2, 3] and found["removed"] == [str(gone.pk)] * 2
    assert "Ferry" not in body.decode()
    response, body = get(serving, f"/live/{SLUG}/changes/{found['cursor']}")
    assert json.loads(body)["changes"] == [] and len(body) <= 100 and response.headers["ETag"]
    response, _ = get(serving, f"/live/{SLUG}/changes/{found['cursor']}", **{"If-None-Match": response.headers["ETag"]})
    assert response.status == 304
    assert "s-maxage=1" in response.headers["Cache-Control"] and "Set-Cookie" not in response.headers


def test_polling_continues_over_fixed_boundaries(blog, serving, clock):
    for number in range(70):
        post(clock, f"Line {number}")
    at, seen = cursor(1), []
    for _ in range(5):
        found = json.loads(get(serving, f"/live/{SLUG}/changes/{at}")[1])
        seen += [change["seq"] for change in found["changes"]]
        at = found["cursor"]
        if not found.get("more"):
            break
    assert seen == list(range(2, 72)) and at == cursor(71)


def test_polling_resets_when_the_cursor_is_of_another_epoch(blog, serving):
    assert json.loads(get(serving, f"/live/{SLUG}/changes/deadbeef-4")[1]) == {"reset": True}


def test_change_is_published_before_the_poll_when_this_process_has_written_it(listen, clock, monkeypatch):
    reader = listen()
    reader.read_event()
    readers: list[str] = []
    read = CommittedChanges.read

    def record_thread(committed: CommittedChanges, known: Any) -> None:
        readers.append(threading.current_thread().name)
        read(committed, known)

    def fail(known: Any) -> Any:
        raise OSError("polls find nothing")

    monkeypatch.setattr(CommittedChanges, "read", record_thread)
    monkeypatch.setattr(log_follower, "read_new_changes", fail)
    post(clock, "Just written")
    assert reader.read_event().data["title"] == "Just written"
    assert readers == [threading.current_thread().name]


def test_committed_change_is_left_to_the_poll_when_it_does_not_continue_the_channel(listen, clock, monkeypatch):
    reader = listen()
    reader.read_event()
    read = CommittedChanges.read

    def read_from_further_on(committed: CommittedChanges, known: Any) -> None:
        """Read as if the channel had been further on, and had been closed and opened again since."""
        read(committed, known)
        new = committed.changes[SLUG]
        committed.known = {SLUG: Cursor(new.log_end.epoch, new.log_end.seq - 1)}
        committed.changes = {SLUG: replace(new, frames=new.frames[-1:])}

    monkeypatch.setattr(CommittedChanges, "read", read_from_further_on)
    listeners = notifications._listeners.pop(notifications.CHANGES)
    try:
        post(clock, "First")
    finally:
        notifications._listeners[notifications.CHANGES] = listeners
    post(clock, "Second")
    assert [reader.read_event().data["title"] for _ in range(2)] == ["First", "Second"]


def test_notification_of_another_process_starts_a_poll_outside_the_event_loop(listen, serving, clock, monkeypatch):
    reader = listen()
    reader.read_event()
    reads: list[int] = []
    monkeypatch.setattr(CommittedChanges, "read", lambda self, known: reads.append(1))
    listeners = notifications._listeners.pop(notifications.CHANGES)
    try:
        post(clock, "Written elsewhere")
    finally:
        notifications._listeners[notifications.CHANGES] = listeners
    serving.server._follower._loop.call_soon_threadsafe(notifications.notify_local, notifications.CHANGES)
    assert reader.read_event().data["title"] == "Written elsewhere"
    assert not reads


def test_newest_change_is_read_in_two_queries(blog, clock, django_assert_num_queries):
    post(clock)
    known = {SLUG: Cursor(blog.epoch, 2)}
    read_changes_after(SLUG, 1)
    post(clock)
    committed = CommittedChanges()
    with django_assert_num_queries(2):
        committed.read(known)
    assert [seq for seq, _ in committed.changes[SLUG].frames] == [3]
