"""The readers of `python -m bench chaos` record every fault; otherwise a run without faults would prove nothing."""

import asyncio
import json
from typing import Any

import pytest

from bench.chaos.reader_pages import Page, ReaderEvents, Readers, matches_page
from stoppress.edge.live.replay_buffer import MAX_REPLAYED_CHANGES

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.closing = False

    def write(self, data: Any) -> None:
        pass

    def abort(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing


def change(seq: int) -> bytes:
    post = {"post": "p", "html": "<p>", "place": 1, "pinned": False, "withdrawn": False, "title": "T"}
    return b"id: e-%d\nevent: change\ndata: %b\n\n" % (seq, json.dumps({"seq": seq, "blog": {}, **post}).encode())


def reset(seq: int) -> bytes:
    return b"id: e-%d\nevent: reset\ndata: {}\n\n" % seq


def recorded_events(*pieces: bytes) -> ReaderEvents:
    """Return the events that a page at cursor e-10 records for these bytes."""
    readers = Readers(lambda: pytest.fail("nobody is asked"))
    page = Page(readers, ("e", 10))
    page.connection_made(Wire())
    for piece in pieces:
        page.data_received(piece)
    return readers.tale


def test_reader_page_accepts_ordered_changes_in_any_chunks():
    data = HEAD + b"event: beat\ndata: 0\n\n" + change(11) + change(12)
    for told in (recorded_events(data), recorded_events(*(data[at : at + 1] for at in range(len(data))))):
        assert (told.deliveries, told.faults_of_the_server) == (2, 0)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("twice", HEAD + change(11) + change(11)),
        ("gaps", HEAD + change(12)),
        ("broken", HEAD + change(11)[:60] + change(12)),
        ("broken", HEAD + b"event: change\n\n"),
        ("broken", b"HTTP/1.1 500 Internal Server Error\r\n\r\n"),
        ("needless", HEAD + reset(10 + MAX_REPLAYED_CHANGES)),
    ],
)
def test_reader_page_records_every_fault(name, data):
    told = recorded_events(data)
    assert getattr(told, name) == told.faults_of_the_server == 1


@pytest.mark.parametrize("data", [b"HTTP/1.1 503 Service Unavailable\r\n\r\n", HEAD + reset(11 + MAX_REPLAYED_CHANGES)])
def test_reader_page_accepts_bye_and_justified_reset(data):
    assert recorded_events(data).faults_of_the_server == 0


def test_live_page_must_show_pinned_then_newest_posts_only():
    def article(name: str) -> str:
        return f'<article class="post" data-post="{name}">{name}</article>'

    def page(names: str, *events: str) -> bytes:
        lists = [f'<div data-key-events lang="en">{text}</div>' for text in events]
        return "\n".join([*map(article, names), *lists]).encode()

    changes = [
        {"post": name, "html": article(name), "place": place, "pinned": name == "b", "withdrawn": False, "title": name}
        | {"blog": {}, "key_events_html": f"<li>{name}</li>"}
        for place, name in enumerate("abc")
    ]
    assert matches_page(page("bca", "<li>c</li>", "\n<li>c</li>"), changes)
    for wrong in ("cba", "bcaa", "bc", "bcax"):
        assert not matches_page(page(wrong, "<li>c</li>"), changes)
    for events in ([], ["<li>b</li>"], ["<li>c</li>", ""]):
        assert not matches_page(page("bca", *events), changes)
