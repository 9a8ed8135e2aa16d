"""Content codings and entity tags (RFC 9110), cached paths, and the members of uvicorn that the protocol relies on."""

import inspect
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from stoppress.edge.cache.compressed_body import ENCODERS, CompressedBody, negotiate_encoding
from stoppress.edge.cache.response_cache import cached_slug
from stoppress.edge.http.conditional_requests import matches_entity_tag, parse_entity_tags


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "zstd"),
        ("identity", ""),
        ("identity;q=0.5, gzip;q=0.4", ""),
        ("deflate", ""),
        ("GZIP ; Q=1.0", "gzip"),
        ("gzip;q=nan", ""),
        ("gzip;q=7", ""),
        (";;,,=", ""),
    ],
)
def test_negotiation_chooses_the_encoding_with_the_best_quality(accept, encoding):
    assert negotiate_encoding(accept) == encoding


@given(st.text(max_size=60))
def test_negotiation_accepts_any_header_value(accept):
    assert negotiate_encoding(accept) in {"", *ENCODERS}


def test_body_is_compressed_once_per_encoding():
    import gzip

    import brotli
    import zstandard

    body = b"The sea is over the wall. " * 100
    page = CompressedBody(body)
    assert gzip.decompress(page.encoded("gzip")) == body
    assert brotli.decompress(page.encoded("br")) == body
    assert zstandard.ZstdDecompressor().decompress(page.encoded("zstd")) == body
    assert page.encoded("br") is page.encoded("br")
    assert CompressedBody(b"short").usable_encoding("br") == ""


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        ('"a-1"', True),
        ('W/"a-1"', True),
        ('"x", "a-1"', True),
        ('"x",W/"a-1" , "y"', True),
        ("*", True),
        (" * ", True),
        ("", False),
        ('"a-1-br"', False),
        ("a-1", False),
        ('"a-1', False),
        ('"x, \\"a-1\\""', False),
    ],
)
def test_if_none_match_is_compared_weakly(header, matches):
    assert matches_entity_tag(header, '"a-1"') is matches


@given(st.text(max_size=60))
def test_if_none_match_accepts_any_header_value(header):
    matches_entity_tag(header, '"a-1"')


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        (b"/", ""),
        (b"/live/storm", "storm"),
        (b"/live/storm/changes/ab12-7", "storm"),
        (b"/live/storm/before/6f1c6a34-0c3e-4c55-9f6e-0f6f7d1f8a11", "storm"),
        (b"/live/storm/before/6F1C6A34-0c3e-4c55-9f6e-0f6f7d1f8a11", None),
        (b"/live/storm/after/6f1c6a34-0c3e-4c55-9f6e-0f6f7d1f8a11", "storm"),
        (b"/live/storm/from-the-start", "storm"),
        (b"/live/storm/lite", "storm"),
        (b"/live/storm/from-the-start/", None),
        (b"/live/storm/", None),
        (b"/live/st%6frm", None),
        (b"/live/storm/stream", "storm"),
        (b"/live/storm\n", None),
        (b"//live/storm", None),
        (b"/desk/", None),
    ],
)
def test_cached_slug_accepts_plain_paths_only(path, slug):
    assert cached_slug(path) == slug


MEMBERS = [
    "connection_made",
    "connection_lost",
    "data_received",
    "on_headers_complete",
    "on_message_begin",
    "on_message_complete",
    "on_body",
    "on_response_complete",
    "send_400_response",
    "_unset_keepalive_if_required",
    "pause_writing",
]
ATTRIBUTES = [
    "connections",
    "cycle",
    "pipeline",
    "headers",
    "url",
    "loop",
    "flow",
    "parser",
    "transport",
    "server_state",
    "access_log",
    "access_logger",
    "client",
    "timeout_keep_alive_task",
]


def test_uvicorn_has_the_members_that_the_protocol_relies_on():
    source = inspect.getsource(HttpToolsProtocol)
    assert [name for name in MEMBERS if not callable(getattr(HttpToolsProtocol, name, None))] == []
    assert [name for name in ATTRIBUTES if f"self.{name}" not in source] == []
    assert "on_response=self.on_response_complete" in source
    assert "self.send_400_response(" in inspect.getsource(HttpToolsProtocol.data_received)
    cycle = inspect.getsource(RequestResponseCycle)
    assert all(f"self.{name} = " in cycle for name in ("response_complete", "response_started", "more_body"))
    assert "self.write_paused = " in inspect.getsource(FlowControl)
    state = ServerState()
    assert state.default_headers == [] and state.total_requests == 0 and state.connections == set()


HOSTILE = ["a" + " " * 32_000 + "b", '"' * 32_000, 'W/"' * 10_000, '"a" ' * 8_000 + '"', '"' + "a" * 32_000]


@pytest.mark.parametrize("header", HOSTILE, ids=range(len(HOSTILE)))
def test_header_parsers_take_linear_time_on_hostile_values(header):
    """A quadratic pattern takes seconds for these, and all readers wait."""
    started = time.process_time()
    parse_entity_tags(header)
    negotiate_encoding(header)
    assert time.process_time() - started < 0.5
